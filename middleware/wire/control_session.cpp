#include "middleware/wire/control_session.hpp"

namespace tarn::wire {

namespace {

const char* describe(ControlPhase phase) noexcept {
  switch (phase) {
    case ControlPhase::Connected:
      return "before Hello";
    case ControlPhase::Welcomed:
      return "between Welcome and Ready";
    case ControlPhase::Open:
      return "in an open session";
    case ControlPhase::Observing:
      return "by an observer";
    case ControlPhase::Ended:
      return "after Goodbye";
  }
  return "in no phase";
}

Failure out_of_order(ControlPhase phase, ControlKind kind) {
  const std::string_view name = to_string(kind);
  return Failure(Error::make(Errc::ProtocolError, 0, "a %.*s request may not come %s",
                             static_cast<int>(name.size()), name.data(), describe(phase)));
}

}  // namespace

Result<ControlPhase> next_phase(ControlPhase phase, const Request& request) {
  const ControlKind kind = kind_of(request);
  if (const Hello* hello = std::get_if<Hello>(&request)) {
    if (phase != ControlPhase::Connected) return out_of_order(phase, kind);
    return hello->observer ? ControlPhase::Observing : ControlPhase::Welcomed;
  }
  if (kind == ControlKind::Ready) {
    if (phase != ControlPhase::Welcomed) return out_of_order(phase, kind);
    return ControlPhase::Open;
  }
  if (kind == ControlKind::Goodbye && phase == ControlPhase::Observing) return ControlPhase::Ended;
  if (kind == ControlKind::Reload && phase == ControlPhase::Observing) return phase;
  if (phase != ControlPhase::Open) return out_of_order(phase, kind);
  return kind == ControlKind::Goodbye ? ControlPhase::Ended : ControlPhase::Open;
}

}  // namespace tarn::wire
