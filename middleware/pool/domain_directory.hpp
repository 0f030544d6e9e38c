// Where a domain lives: which runtime directory belongs to it, and what its files are called. One
// rule for whoever looks for a broker and one for who becomes it, over the same list of candidates,
// so both come to the same place. Knows the names of the files, not what is in them. Free functions;
// any thread.
//
//   1  $TARN_RUNTIME_DIR/D         when the variable is set it is the only candidate
//   2  /run/tarn/D
//   3  $XDG_RUNTIME_DIR/tarn/D      when $XDG_RUNTIME_DIR is ours, as its specification demands
//   4  /dev/shm/tarn-<uid>/D
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tarn/result.hpp>

namespace tarn::pool {

// What the choice depends on; tests fill it in by hand.
struct DirectoryEnvironment {
  std::string tarn_runtime_dir;  // empty: not set
  std::string xdg_runtime_dir;   // empty: not set
  std::string run_directory = "/run";
  std::string shm_directory = "/dev/shm";
  std::uint32_t uid = 0;
};

// The environment of this process, read now.
[[nodiscard]] DirectoryEnvironment directory_environment();

// The files of a domain. Everything a process needs to know to find its broker.
struct DomainPaths {
  std::string directory;
  std::string socket;    // broker.sock: clients connect here
  std::string lock;      // broker.lock: flock, who has the role
  std::string pool;      // the pool, complete
  std::string new_pool;  // pool.new: the pool while it is built
  std::string alive;     // one byte per client, OFD locks
  std::string bells;     // bells: the directory of the sockets that wake those who sleep in poll
};

// The files in `directory`. InvalidRuntime when it is no absolute path, or the socket's is too long to
// bind.
[[nodiscard]] Result<DomainPaths> domain_paths(std::string_view directory);

// For clients: the first candidate that exists. NoBroker names the socket paths looked for.
// NotPermitted: the directory below /dev/shm is not ours, so somebody else would be the broker.
// InvalidArgument: no name of a domain. InvalidRuntime: a variable that is no absolute path, or a
// path that is too long.
[[nodiscard]] Result<DomainPaths> find_domain_directory(const DirectoryEnvironment& environment,
                                                        std::string_view domain);

// For brokers: the first candidate that is on tmpfs and that we may make, or that is ours already; a
// new one has mode 0700. A candidate that exists is where clients look, so one that will not do is an error and
// never passed over: NotPermitted (found and needed owner or mode), NotTmpfs. None at all is
// InvalidRuntime or NotTmpfs and says how to mount one.
[[nodiscard]] Result<DomainPaths> create_domain_directory(const DirectoryEnvironment& environment,
                                                          std::string_view domain);

// For brokers that were told where: `directory` itself, made with mode 0700 if it is missing, by the
// same rules. Its parent must exist.
[[nodiscard]] Result<DomainPaths> create_directory_at(const DirectoryEnvironment& environment,
                                                      const std::string& directory);

}  // namespace tarn::pool
