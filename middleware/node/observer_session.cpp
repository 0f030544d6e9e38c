#include "middleware/node/observer_session.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "middleware/pool/domain_directory.hpp"
#include "middleware/pool/pool_layout.hpp"
#include "platform/runtime_directory.hpp"

namespace tarn::node {

namespace {

constexpr const char* kObserverName = "observer";

// A pool without a broker may still be in use.
Error nobody(const pool::DomainPaths& paths, const Error& no_broker) {
  const auto pool = platform::path_facts(paths.pool);
  if (!pool || !pool->exists()) return no_broker;
  return Error::make(
      Errc::NoBroker, 0,
      "no broker answers at %s: start one with `tarn broker`, or a program that opens "
      "a node; there is a pool, whose programs go on without one",
      paths.socket.c_str());
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

Result<ObserverSession> ObserverSession::open(const ObserverOptions& options) {
  const auto paths =
      options.runtime_directory.empty()
          ? pool::find_domain_directory(pool::directory_environment(), options.domain)
          : pool::domain_paths(options.runtime_directory);
  if (!paths) return Failure(paths.error());
  const auto deadline = platform::deadline_after(options.timeout);
  auto channel = ControlChannel::connect(paths->socket, deadline);
  if (!channel && channel.error().code() == Errc::NoBroker)
    return Failure(nobody(*paths, channel.error()));
  if (!channel) return Failure(channel.error());
  const wire::Hello hello{
      .layout_version = pool::kLayoutVersion, .observer = true, .node = kObserverName};
  ControlAnswer answer;
  const auto answered = channel->exchange(hello, answer, deadline);
  if (!answered) return Failure(answered.error());
  if (!std::holds_alternative<wire::Welcome>(answer.reply) || answer.descriptor_count != 1) {
    return Failure(Error::make(Errc::ProtocolError, 0,
                               "the broker at %s answered an observer's Hello with %s and %zu "
                               "descriptors, expected Welcome and 1",
                               paths->socket.c_str(),
                               wire::to_string(wire::kind_of(answer.reply)).data(),
                               answer.descriptor_count));
  }
  auto mapping = pool::PoolMapping::attach(answer.descriptors[0], false);
  if (!mapping) return Failure(mapping.error());
  return ObserverSession(std::move(*channel), std::move(*mapping));
}

Result<ReloadReport> ObserverSession::reload(std::chrono::nanoseconds timeout) {
  ControlAnswer answer;
  const auto answered =
      channel_.exchange(wire::Reload{}, answer, platform::deadline_after(timeout));
  if (!answered) return Failure(answered.error());
  if (const auto* reloaded = std::get_if<wire::Reloaded>(&answer.reply)) {
    return ReloadReport{.changed = lines_of(reloaded->changed),
                        .live = lines_of(reloaded->live),
                        .waiting = lines_of(reloaded->waiting)};
  }
  const auto* refused = std::get_if<wire::ReloadRefused>(&answer.reply);
  if (refused != nullptr && !refused->findings.empty()) {
    return ReloadReport{.findings = lines_of(refused->findings), .reason = refused->code};
  }
  return Failure(Error::make(Errc::ProtocolError, 0, "the broker answered a Reload with %s",
                             wire::to_string(wire::kind_of(answer.reply)).data()));
}

}  // namespace tarn::node
