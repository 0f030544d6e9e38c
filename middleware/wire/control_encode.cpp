#include <type_traits>

#include "middleware/wire/byte_writer.hpp"
#include "middleware/wire/control_fields.hpp"
#include "middleware/wire/control_messages.hpp"

namespace tarn::wire {

namespace {

// Writes fields; remembers the first text that may not be written.
class FieldWriter {
 public:
  explicit FieldWriter(std::span<std::byte> buffer) noexcept : writer_(buffer) {}

  template <typename Number>
  void number(Number value) noexcept {
    static_assert(std::is_integral_v<Number>);
    if constexpr (sizeof(Number) == 2) {
      writer_.u16(static_cast<std::uint16_t>(value));
    } else if constexpr (sizeof(Number) == 4) {
      writer_.u32(static_cast<std::uint32_t>(value));
    } else {
      static_assert(sizeof(Number) == 8);
      writer_.u64(static_cast<std::uint64_t>(value));
    }
  }
  void flag(bool value) noexcept { writer_.u32(value ? 1 : 0); }
  void choice(Reliability value, Reliability) noexcept {
    writer_.u32(static_cast<std::uint32_t>(value));
  }
  void error_code(Errc code) noexcept { writer_.u16(static_cast<std::uint16_t>(code)); }
  void text(const char* what, std::string_view value, std::size_t most_bytes) noexcept {
    if (value.size() > most_bytes) refuse(what, value, most_bytes);
    writer_.text(value);
  }
  void label(const char* what, std::string_view value, std::size_t most_bytes) noexcept {
    if (!is_label(value)) refuse(what, value, most_bytes);
    text(what, value, most_bytes);
  }
  [[nodiscard]] bool goes_on(const Hello&) const noexcept { return true; }

  Result<std::span<const std::byte>> finish(ControlKind kind) const {
    const std::string_view name = to_string(kind);
    if (refused_ != nullptr) {
      return Failure(Error::make(
          Errc::InvalidArgument, 0,
          "the %s of a %.*s request has %zu bytes or a control character: allowed are at most %zu "
          "bytes without control characters",
          refused_, static_cast<int>(name.size()), name.data(), refused_bytes_, allowed_bytes_));
    }
    if (!writer_.fits()) {
      return Failure(Error::make(Errc::InvalidArgument, 0,
                                 "a %.*s packet does not fit its buffer; %zu bytes always do",
                                 static_cast<int>(name.size()), name.data(), kMaxControlBytes));
    }
    return writer_.written();
  }

 private:
  void refuse(const char* what, std::string_view value, std::size_t most_bytes) noexcept {
    if (refused_ != nullptr) return;
    refused_ = what;
    refused_bytes_ = value.size();
    allowed_bytes_ = most_bytes;
  }

  ByteWriter writer_;
  const char* refused_ = nullptr;
  std::size_t refused_bytes_ = 0;
  std::size_t allowed_bytes_ = 0;
};

template <typename Message>
Result<std::span<const std::byte>> encode(const Message& message, std::uint32_t sequence,
                                          std::span<std::byte> buffer) {
  FieldWriter writer(buffer);
  const ControlKind kind = kind_of(message);
  writer.number(kControlMagic);
  writer.number(static_cast<std::uint32_t>(kind));
  writer.number(sequence);
  std::visit([&](const auto& alternative) { fields(writer, alternative); }, message);
  return writer.finish(kind);
}

}  // namespace

Result<std::span<const std::byte>> encode_request(const Request& request, std::uint32_t sequence,
                                                  std::span<std::byte> buffer) {
  return encode(request, sequence, buffer);
}

Result<std::span<const std::byte>> encode_reply(const Reply& reply, std::uint32_t sequence,
                                                std::span<std::byte> buffer) {
  return encode(reply, sequence, buffer);
}

}  // namespace tarn::wire
