#include <type_traits>

#include "middleware/wire/byte_reader.hpp"
#include "middleware/wire/control_fields.hpp"
#include "middleware/wire/control_messages.hpp"

namespace tarn::wire {

namespace {

bool versions_meet(const Hello& hello) noexcept {
  return hello.min_version <= kProtocolVersion && kProtocolVersion <= hello.max_version;
}

// Reads fields; remembers the first one that is not what the protocol allows.
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> packet) noexcept
      : reader_(packet), packet_bytes_(packet.size()) {}

  template <typename Number>
  void number(Number& value) noexcept {
    static_assert(std::is_integral_v<Number>);
    const std::size_t place = reader_.position();
    if constexpr (sizeof(Number) == 2) {
      value = static_cast<Number>(reader_.u16());
    } else if constexpr (sizeof(Number) == 4) {
      value = static_cast<Number>(reader_.u32());
    } else {
      static_assert(sizeof(Number) == 8);
      value = static_cast<Number>(reader_.u64());
    }
    if (!reader_.ok()) refuse("a number that is cut short", place);
  }
  void flag(bool& value) noexcept {
    const std::size_t place = reader_.position();
    std::uint32_t bits = 0;
    number(bits);
    if (bits > 1) refuse("flags this version does not know", place);
    value = bits == 1;
  }
  void choice(Reliability& value, Reliability last) noexcept {
    const std::size_t place = reader_.position();
    std::uint32_t number_of_choice = 0;
    number(number_of_choice);
    if (number_of_choice > static_cast<std::uint32_t>(last)) {
      return refuse("a choice this version does not know", place);
    }
    value = static_cast<Reliability>(number_of_choice);
  }
  void error_code(Errc& code) noexcept {
    const std::size_t place = reader_.position();
    std::uint16_t value = 0;
    number(value);
    code = static_cast<Errc>(value);
    if (tarn::to_string(code) == "Unknown") refuse("an error code that is none", place);
  }
  void text(const char* what, std::string_view& value, std::size_t most_bytes) noexcept {
    const std::size_t place = reader_.position();
    value = reader_.text(most_bytes);
    if (!reader_.ok()) refuse(what, place);
  }
  void label(const char* what, std::string_view& value, std::size_t most_bytes) noexcept {
    const std::size_t place = reader_.position();
    text(what, value, most_bytes);
    if (!is_label(value)) refuse(what, place);
  }
  bool goes_on(const Hello& hello) noexcept {
    foreign_ = !versions_meet(hello);
    if (hello.min_version > hello.max_version) refuse("versions in the wrong order", 0);
    return !foreign_;
  }

  Result<void> finish(std::string_view name) noexcept {
    if (!foreign_ && reader_.ok() && !reader_.at_end()) {
      refuse("bytes behind its last field", reader_.position());
    }
    if (refused_ == nullptr) return {};
    return Failure(Error::make(
        Errc::ProtocolError, 0, "a %.*s packet of %zu bytes is malformed at byte %zu: %s",
        static_cast<int>(name.size()), name.data(), packet_bytes_, place_, refused_));
  }

 private:
  void refuse(const char* what, std::size_t place) noexcept {
    if (refused_ != nullptr) return;
    refused_ = what;
    place_ = place;
  }

  ByteReader reader_;
  std::size_t packet_bytes_;
  bool foreign_ = false;  // of another version: what follows is not ours to read
  const char* refused_ = nullptr;
  std::size_t place_ = 0;
};

struct Header {
  std::uint32_t magic = 0;
  std::uint32_t kind = 0;
  std::uint32_t sequence = 0;
};

Result<Header> read_header(FieldReader& reader, std::size_t packet_bytes) {
  Header header;
  if (packet_bytes < kControlHeaderBytes) {
    return Failure(Error::make(Errc::ProtocolError, 0,
                               "a packet of %zu bytes is too short: the header alone has %zu",
                               packet_bytes, kControlHeaderBytes));
  }
  reader.number(header.magic);
  reader.number(header.kind);
  reader.number(header.sequence);
  if (header.magic != kControlMagic) {
    return Failure(
        Error::make(Errc::ProtocolError, 0, "a packet starts with 0x%08x, not with tarn's 0x%08x",
                    static_cast<unsigned>(header.magic), static_cast<unsigned>(kControlMagic)));
  }
  return header;
}

// Makes `message` the alternative of this kind; false when there is none.
template <typename Variant, std::size_t kIndex = 0>
bool make_alternative(Variant& message, std::uint32_t kind) {
  if constexpr (kIndex == std::variant_size_v<Variant>) {
    return false;
  } else {
    message.template emplace<kIndex>();
    if (static_cast<std::uint32_t>(kind_of(message)) == kind) return true;
    return make_alternative<Variant, kIndex + 1>(message, kind);
  }
}

template <typename Variant>
Result<std::uint32_t> decode(std::span<const std::byte> packet, Variant& message,
                             const char* what) {
  FieldReader reader(packet);
  const auto header = read_header(reader, packet.size());
  if (!header) return Failure(header.error());
  if (!make_alternative(message, header->kind)) {
    return Failure(Error::make(Errc::ProtocolError, 0, "a packet of kind %u is no %s",
                               static_cast<unsigned>(header->kind), what));
  }
  std::visit([&](auto& alternative) { fields(reader, alternative); }, message);
  const auto whole = reader.finish(to_string(kind_of(message)));
  if (!whole) return Failure(whole.error());
  return header->sequence;
}

}  // namespace

Result<RequestPacket> decode_request(std::span<const std::byte> packet) {
  RequestPacket decoded;
  const auto sequence = decode(packet, decoded.request, "request");
  if (!sequence) return Failure(sequence.error());
  decoded.sequence = *sequence;
  return decoded;
}

Result<ReplyPacket> decode_reply(std::span<const std::byte> packet) {
  ReplyPacket decoded;
  const auto sequence = decode(packet, decoded.reply, "reply");
  if (!sequence) return Failure(sequence.error());
  decoded.sequence = *sequence;
  return decoded;
}

Result<std::uint16_t> agree_version(const Hello& hello) {
  if (versions_meet(hello)) return kProtocolVersion;
  return Failure(Error::make(
      Errc::VersionMismatch, 0,
      "the client speaks control protocol %u to %u, the broker %u: use the same tarn release on "
      "both sides",
      static_cast<unsigned>(hello.min_version), static_cast<unsigned>(hello.max_version),
      static_cast<unsigned>(kProtocolVersion)));
}

}  // namespace tarn::wire
