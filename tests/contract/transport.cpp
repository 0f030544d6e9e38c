#include "tests/contract/transport.hpp"

namespace tarn::test {

namespace {

// One device: both ends are in one domain.
class LocalPool : public Transport {
 public:
  explicit LocalPool(const DomainOptions& options) : domain_(options) {}

  static std::unique_ptr<Transport> open(const DomainOptions& options) {
    return std::make_unique<LocalPool>(options);
  }
  [[nodiscard]] NodeOptions publishing_node(const std::string& name) const override {
    return domain_.node(name);
  }
  [[nodiscard]] NodeOptions reading_node(const std::string& name) const override {
    return domain_.node(name);
  }

 private:
  TestDomain domain_;
};

}  // namespace

std::vector<TransportKind> transports() {
  return {{.name = "local pool", .open = LocalPool::open}};
}

}  // namespace tarn::test
