#include <tarn/error.hpp>

#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <string_view>

#include <tarn/result.hpp>

#include "tests/support/catch.hpp"

using tarn::Errc;
using tarn::Error;
using tarn::Result;

TEST_CASE("an error carries its code, its errno and its text", "[error]") {
  const Error error = Error::make(Errc::TooLarge, 0, "message of %d bytes; allowed %d", 48, 32);
  CHECK(error.code() == Errc::TooLarge);
  CHECK(error.system_errno() == 0);
  CHECK(std::string(error.message()) == "message of 48 bytes; allowed 32");
}

TEST_CASE("an error from the system describes its errno", "[error]") {
  const Error error = Error::make(Errc::System, ENOENT, "cannot open '%s'", "/run/tarn");
  CHECK(error.system_errno() == ENOENT);
  CHECK(std::string(error.message()) ==
        "cannot open '/run/tarn': No such file or directory (errno 2)");
}

TEST_CASE("an errno that nobody knows still shows its number", "[error]") {
  const Error error = Error::make(Errc::System, 54321, "odd");
  CHECK(std::string(error.message()) == "odd: unknown error (errno 54321)");
}

TEST_CASE("a text that is too long ends in dots", "[error]") {
  const std::string word(Error::kTextBytes, 'x');
  SECTION("when the message itself is too long") {
    const std::string text = Error::make(Errc::System, 0, "%s", word.c_str()).message();
    CHECK(text == std::string(Error::kTextBytes - 4, 'x') + "...");
  }
  SECTION("when only the description of the errno does not fit") {
    const std::string prefix = word.substr(0, Error::kTextBytes - 10);
    const std::string text = Error::make(Errc::System, ENOENT, "%s", prefix.c_str()).message();
    CHECK(text.size() == Error::kTextBytes - 1);
    CHECK(text.substr(0, prefix.size()) == prefix);
    CHECK(text.substr(text.size() - 3) == "...");
  }
  SECTION("but a text that just fits stays whole") {
    const std::string fits = word.substr(0, Error::kTextBytes - 1);
    CHECK(Error::make(Errc::System, 0, "%s", fits.c_str()).message() == fits);
  }
}

TEST_CASE("every error code has a name of its own", "[error]") {
  std::set<std::string_view> names;
  for (int code = static_cast<int>(Errc::System); code <= static_cast<int>(Errc::NoTopic); ++code) {
    const std::string_view name = tarn::to_string(static_cast<Errc>(code));
    CHECK(name != "Unknown");
    CHECK(names.insert(name).second);
  }
}

TEST_CASE("a value that is no error code is called unknown", "[error]") {
  CHECK(tarn::to_string(static_cast<Errc>(0)) == "Unknown");
  CHECK(tarn::to_string(static_cast<Errc>(static_cast<int>(Errc::TooManyPatterns) + 1)) ==
        "Unknown");
}

TEST_CASE("a result forwards its error unchanged", "[error]") {
  const auto fail = []() -> Result<int> {
    return tarn::Failure(Error::make(Errc::NoSpace, ENOSPC, "no room in %s", "/dev/shm"));
  };
  const auto forward = [&]() -> Result<std::string> {
    auto number = fail();
    if (!number) return tarn::Failure(number.error());
    return std::to_string(*number);
  };
  const auto forwarded = forward();
  REQUIRE_FALSE(forwarded.has_value());
  CHECK(forwarded.error().code() == Errc::NoSpace);
  CHECK(forwarded.error().system_errno() == ENOSPC);
  CHECK(std::strcmp(forwarded.error().message(), fail().error().message()) == 0);
}

TEST_CASE("an error from another process is restored as it was", "[error]") {
  const Error made = Error::make(Errc::NoSpace, ENOSPC, "cannot back %d bytes", 42);
  const Error restored = Error::restore(made.code(), made.system_errno(), made.message());
  CHECK(restored.code() == made.code());
  CHECK(restored.system_errno() == made.system_errno());
  CHECK(std::string(restored.message()) == made.message());

  SECTION("and a text that is too long ends in dots") {
    const std::string word(Error::kTextBytes, 'x');
    const std::string text = Error::restore(Errc::System, 0, word).message();
    CHECK(text == std::string(Error::kTextBytes - 4, 'x') + "...");
  }
}
