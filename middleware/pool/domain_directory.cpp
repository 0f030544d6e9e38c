#include "middleware/pool/domain_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "middleware/vocabulary/domain_name.hpp"
#include "middleware/vocabulary/printable.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/unix_socket.hpp"

namespace tarn::pool {

namespace {

constexpr std::uint32_t kPrivateMode = 0700;
constexpr std::uint32_t kSharedMode = 0755;
constexpr std::uint32_t kWritableByOthers = 0022;

// A place for domains: `base` belongs to the system and must exist, `tarn` in it is for every
// domain, `directory` in that for one.
struct Candidate {
  std::string base;
  std::string tarn;
  std::string directory;
  std::uint32_t tarn_mode = kPrivateMode;
  bool the_only_one = false;       // what TARN_RUNTIME_DIR names must do
  bool base_must_be_ours = false;  // else it is somebody else's variable, and no candidate
  bool tarn_must_be_ours = false;  // in a base where anybody could have made it before us
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// Without slashes at its end.
Result<std::string> absolute_path(const char* name, std::string value) {
  if (value.front() != '/') {
    return Failure(Error::make(Errc::InvalidRuntime, 0,
                               "%s is '%.200s'; allowed is an absolute path, which starts with '/'",
                               name, vocabulary::Printable(value).c_str()));
  }
  while (value.size() > 1 && value.back() == '/') value.pop_back();
  return value;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Candidate candidate_in(const std::string& base, const std::string& tarn, std::string_view domain) {
  Candidate candidate;
  candidate.base = base;
  candidate.tarn = tarn;
  candidate.directory = tarn + "/" + std::string(domain);
  return candidate;
}

Result<std::vector<Candidate>> candidates(const DirectoryEnvironment& environment,
                                          std::string_view domain) {
  const auto name = vocabulary::check_domain_name(domain);
  if (!name) return Failure(name.error());
  std::vector<Candidate> found;
  if (!environment.tarn_runtime_dir.empty()) {
    const auto chosen = absolute_path("TARN_RUNTIME_DIR", environment.tarn_runtime_dir);
    if (!chosen) return Failure(chosen.error());
    found.push_back(candidate_in(parent_of(*chosen), *chosen, domain));
    found.back().the_only_one = true;
    return found;
  }
  const std::string& run = environment.run_directory;
  found.push_back(candidate_in(run, run + "/tarn", domain));
  found.back().tarn_mode = kSharedMode;
  if (!environment.xdg_runtime_dir.empty()) {
    const auto xdg = absolute_path("XDG_RUNTIME_DIR", environment.xdg_runtime_dir);
    if (!xdg) return Failure(xdg.error());
    found.push_back(candidate_in(*xdg, *xdg + "/tarn", domain));
    found.back().base_must_be_ours = true;
  }
  const std::string& shm = environment.shm_directory;
  found.push_back(candidate_in(shm, shm + "/tarn-" + std::to_string(environment.uid), domain));
  found.back().tarn_must_be_ours = true;
  return found;
}

Failure not_ours(const std::string& path, std::uint32_t found, std::uint32_t needed) {
  return Failure(Error::make(Errc::NotPermitted, 0,
                             "%s belongs to uid %u, needed is uid %u: run as its owner, or name "
                             "another runtime directory with TARN_RUNTIME_DIR",
                             path.c_str(), static_cast<unsigned>(found),
                             static_cast<unsigned>(needed)));
}

Failure not_tmpfs(const std::string& path) {
  return Failure(Error::make(Errc::NotTmpfs, 0,
                             "%s is not on a tmpfs, where a runtime directory must be: mount one "
                             "with `mount -t tmpfs tmpfs %s`, or name a directory on one with "
                             "TARN_RUNTIME_DIR",
                             path.c_str(), path.c_str()));
}

Failure in_the_way(const std::string& path) {
  return Failure(Error::make(Errc::InvalidRuntime, 0,
                             "%s is in the place of a runtime directory but is no directory: "
                             "remove it",
                             path.c_str()));
}

// Whether this candidate is one for us at all, and nobody has put it there to catch us.
Result<bool> applies(const Candidate& candidate, std::uint32_t uid) {
  if (candidate.base_must_be_ours) {
    const auto base = platform::path_facts(candidate.base);
    if (!base || !base->is_directory() || base->uid != uid) return false;
  }
  if (candidate.tarn_must_be_ours) {
    const auto tarn = platform::path_facts(candidate.tarn);
    if (!tarn) return Failure(tarn.error());
    if (!tarn->exists()) return true;
    if (!tarn->is_directory()) return in_the_way(candidate.tarn);
    if (tarn->uid != uid) return not_ours(candidate.tarn, tarn->uid, uid);
  }
  return true;
}

// A directory that is there: may a broker of this uid live in it?
Result<void> check_home(const std::string& path, std::uint32_t uid) {
  const auto facts = platform::path_facts(path);
  if (!facts) return Failure(facts.error());
  if (!facts->is_directory()) return in_the_way(path);
  if (facts->uid != uid) return not_ours(path, facts->uid, uid);
  if ((facts->mode & kWritableByOthers) != 0) {
    return Failure(Error::make(Errc::NotPermitted, 0,
                               "%s has mode %04o, so others could take the broker's place; needed "
                               "is 0700 or 0750: use `chmod 700 %s`",
                               path.c_str(), static_cast<unsigned>(facts->mode), path.c_str()));
  }
  const auto tmpfs = platform::is_tmpfs(path);
  if (!tmpfs) return Failure(tmpfs.error());
  if (!*tmpfs) return not_tmpfs(path);
  return {};
}

// Makes the directory of a candidate that has none. An error means that it cannot be here.
Result<void> make_home(const Candidate& candidate) {
  const auto tarn = platform::path_facts(candidate.tarn);
  if (!tarn) return Failure(tarn.error());
  const std::string& nearest = tarn->exists() ? candidate.tarn : candidate.base;
  const auto tmpfs = platform::is_tmpfs(nearest);
  if (!tmpfs) return Failure(tmpfs.error());
  if (!*tmpfs) return not_tmpfs(nearest);
  if (!tarn->exists()) {
    const auto made = platform::make_directory(candidate.tarn, candidate.tarn_mode);
    if (!made) return Failure(made.error());
  }
  const auto made = platform::make_directory(candidate.directory, kPrivateMode);
  if (!made) return Failure(made.error());
  return {};
}

// What a candidate's failure means for the next ones: a full file system is no reason to hide the
// broker elsewhere, a missing or foreign one is.
bool may_pass_over(const Error& error) noexcept {
  return error.code() == Errc::NotTmpfs || error.code() == Errc::NotPermitted ||
         error.code() == Errc::InvalidRuntime;
}

}  // namespace

DirectoryEnvironment directory_environment() {
  DirectoryEnvironment environment;
  environment.tarn_runtime_dir = variable("TARN_RUNTIME_DIR");
  environment.xdg_runtime_dir = variable("XDG_RUNTIME_DIR");
  environment.uid = platform::effective_uid();
  return environment;
}

Result<DomainPaths> domain_paths(std::string_view directory) {
  if (directory.empty() || directory.front() != '/') {
    return Failure(Error::make(
        Errc::InvalidRuntime, 0,
        "the runtime directory is '%.*s'; allowed is an absolute path, which "
        "starts with '/': it must mean the same wherever the process goes",
        static_cast<int>(std::min<std::size_t>(directory.size(), 200)), directory.data()));
  }
  DomainPaths paths;
  paths.directory = directory;
  paths.socket = paths.directory + "/broker.sock";
  paths.lock = paths.directory + "/broker.lock";
  paths.pool = paths.directory + "/pool";
  paths.new_pool = paths.directory + "/pool.new";
  paths.alive = paths.directory + "/alive";
  paths.bells = paths.directory + "/bells";
  if (paths.socket.size() > platform::kSocketPathBytes) {
    return Failure(Error::make(Errc::InvalidRuntime, 0,
                               "%s has %zu bytes, too long for a socket; allowed are %zu: name a "
                               "shorter directory with TARN_RUNTIME_DIR",
                               paths.socket.c_str(), paths.socket.size(),
                               platform::kSocketPathBytes));
  }
  return paths;
}

Result<DomainPaths> find_domain_directory(const DirectoryEnvironment& environment,
                                          std::string_view domain) {
  const auto all = candidates(environment, domain);
  if (!all) return Failure(all.error());
  std::string looked_for;
  for (const Candidate& candidate : *all) {
    const auto applicable = applies(candidate, environment.uid);
    if (!applicable) return Failure(applicable.error());
    if (!*applicable) continue;
    const auto facts = platform::path_facts(candidate.directory);
    if (!facts) return Failure(facts.error());
    if (facts->is_directory()) return domain_paths(candidate.directory);
    if (facts->exists()) return in_the_way(candidate.directory);
    looked_for += (looked_for.empty() ? "" : ", ") + candidate.directory + "/broker.sock";
  }
  return Failure(Error::make(Errc::NoBroker, ENOENT,
                             "no broker answers at %s: start one with `tarn broker`",
                             looked_for.c_str()));
}

Result<DomainPaths> create_directory_at(const DirectoryEnvironment& environment,
                                        const std::string& directory) {
  auto paths = domain_paths(directory);
  if (!paths) return paths;
  const auto facts = platform::path_facts(directory);
  if (!facts) return Failure(facts.error());
  if (!facts->exists()) {
    const auto tmpfs = platform::is_tmpfs(parent_of(directory));
    if (!tmpfs) return Failure(tmpfs.error());
    if (!*tmpfs) return not_tmpfs(directory);
    const auto made = platform::make_directory(directory, kPrivateMode);
    if (!made) return Failure(made.error());
  }
  if (auto home = check_home(directory, environment.uid); !home) return Failure(home.error());
  return paths;
}

Result<DomainPaths> create_domain_directory(const DirectoryEnvironment& environment,
                                            std::string_view domain) {
  const auto all = candidates(environment, domain);
  if (!all) return Failure(all.error());
  std::optional<Error> last_failure;
  for (const Candidate& candidate : *all) {
    const auto applicable = applies(candidate, environment.uid);
    if (!applicable) return Failure(applicable.error());
    if (!*applicable) continue;
    auto paths = domain_paths(candidate.directory);
    if (!paths) return paths;
    const auto facts = platform::path_facts(candidate.directory);
    if (!facts) return Failure(facts.error());
    if (!facts->exists()) {
      const auto made = make_home(candidate);
      if (!made) {
        if (candidate.the_only_one || !may_pass_over(made.error())) return Failure(made.error());
        last_failure = made.error();
        continue;
      }
    }
    const auto home = check_home(candidate.directory, environment.uid);
    if (!home) return Failure(home.error());
    return paths;
  }
  // The last candidate always applies, or its refusal has been answered already.
  return Failure(*last_failure);
}

}  // namespace tarn::pool
