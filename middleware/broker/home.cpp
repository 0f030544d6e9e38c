#include "middleware/broker/home.hpp"

namespace tarn::broker {

Result<Home> Home::settle(const pool::DomainPaths& paths, const Files& files) {
  const auto socket = platform::path_identity(paths.socket);
  if (!socket) return Failure(socket.error());
  const auto pool = platform::file_identity(files.pool, paths.pool);
  if (!pool) return Failure(pool.error());
  const auto alive = platform::file_identity(files.alive, paths.alive);
  if (!alive) return Failure(alive.error());
  const auto lock = platform::file_identity(files.lock, paths.lock);
  if (!lock) return Failure(lock.error());
  const auto bells = platform::path_identity(paths.bells);
  if (!bells) return Failure(bells.error());
  Home home({Name{.path = paths.socket, .file = socket->value_or(platform::FileIdentity{})},
             Name{.path = paths.bells, .file = bells->value_or(platform::FileIdentity{})},
             Name{.path = paths.pool, .file = *pool}, Name{.path = paths.alive, .file = *alive},
             Name{.path = paths.lock, .file = *lock}});
  if (const auto gone = home.lost()) {
    return Failure(Error::make(
        Errc::InvalidRuntime, 0,
        "%s was removed or replaced while the broker started: start it again", gone->c_str()));
  }
  return home;
}

std::optional<std::string> Home::lost() const {
  for (const Name& name : names_) {
    const auto now = platform::path_identity(name.path);
    if (now && *now != name.file) return name.path;
  }
  return std::nullopt;
}

void Home::remove_own() const {
  for (const Name& name : names_) {
    const auto now = platform::path_identity(name.path);
    // What cannot be removed is found by the next broker.
    if (now && *now == name.file) (void)platform::unlink_file(name.path);
  }
}

}  // namespace tarn::broker
