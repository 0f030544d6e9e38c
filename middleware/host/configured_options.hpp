// What an embedded broker goes by: the file that TARN_CONFIG names when it is made, in programs that link
// libtarn_config, which can read it; the defaults in all others; and what its node asked for besides.
// libtarn_config is known by a name that it defines and libtarn_broker may do without. It knows no YAML.
// Any thread reads; the broker's reads again.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"

namespace tarn::host {

// Functions that libtarn_config offers.
struct ConfigurationSource {
  std::string (*file)();  // that TARN_CONFIG names; empty: none
  broker::Reread (*read)(const std::string& file);
};

class ConfiguredOptions {
 public:
  // `domain` is the one to serve; `pool_bytes` has the last word on pool.size where it is not 0.
  ConfiguredOptions(std::string domain, std::uint64_t pool_bytes);

  // Options to start with. A file that cannot be used is no reason to refuse a pool that is there and
  // needs none: then they are the defaults, and say why they are no more.
  [[nodiscard]] broker::BrokerOptions to_start_with();

 private:
  // What the file says now. InvalidConfig when it is for another domain.
  [[nodiscard]] broker::Reread read() const;

  std::string domain_;
  std::uint64_t pool_bytes_;
  std::string file_;  // empty: there is none
};

}  // namespace tarn::host

// Defined by libtarn_config.
extern "C" [[gnu::visibility("default")]] const tarn::host::ConfigurationSource*
tarn_configuration_source();
