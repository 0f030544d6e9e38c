#include "middleware/broker/home.hpp"

namespace tarn::broker {

Result<Home> Home::settle(const pool::DomainPaths& paths) {
  const std::array names{&paths.socket, &paths.lock, &paths.pool, &paths.alive};
  Home home;
  static_assert(names.size() == std::tuple_size_v<decltype(home.names_)>);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto file = platform::path_identity(*names[i]);
    if (!file) return Failure(file.error());
    if (!file->has_value()) {
      return Failure(Error::make(Errc::InvalidRuntime, 0,
                                 "%s was removed while the broker started: start it again",
                                 names[i]->c_str()));
    }
    home.names_[i] = {.path = *names[i], .file = **file};
  }
  return home;
}

std::optional<std::string> Home::lost() const {
  for (const Name& name : names_) {
    const auto now = platform::path_identity(name.path);
    if (!now || !now->has_value() || **now != name.file) return name.path;
  }
  return std::nullopt;
}

}  // namespace tarn::broker
