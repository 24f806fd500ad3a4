// vzctl features: what it prints of the machine that the test runs on differs, its shape does not.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "libvz/core/text.h"
#include "libvz/host/enforcement.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Features, HasALineForEachParameter) {
  const Host host;
  const Said said = host.vzctl({"features"});
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.err, "");
  const auto lines = split(said.out, "\n");
  ASSERT_EQ(lines.size(), enforcement_table().size() + 1);
  EXPECT_EQ(split(lines[0], " "), (std::vector<std::string>{"PARAMETER", "ENFORCED", "BY", "REMARK"}));
  for (size_t i = 1; i < lines.size(); ++i) {
    const auto words = split(lines[i], " ");
    ASSERT_GE(words.size(), 3U) << lines[i];
    EXPECT_EQ(words[0], enforcement_table()[i - 1].key);
    EXPECT_THAT(words[1], AnyOf("yes", "partly", "no"));
    EXPECT_EQ(words[1] == "no", words[2] == "-") << lines[i];
    EXPECT_TRUE(words[1] == "yes" || words.size() > 3) << lines[i];
  }
}

TEST(Features, AreTheSameAsJson) {
  const Host host;
  const Said said = host.vzctl({"features", "--json"});
  EXPECT_EQ(said.code, 0);
  const auto parsed = nlohmann::json::parse(said.out);
  ASSERT_EQ(parsed.size(), enforcement_table().size());
  for (size_t i = 0; i < parsed.size(); ++i) {
    EXPECT_EQ(parsed[i].at("parameter"), enforcement_table()[i].key);
    const bool yes = parsed[i].at("enforced") == "yes";
    EXPECT_EQ(parsed[i].at("remark").is_null(), yes) << parsed[i];
    EXPECT_EQ(parsed[i].at("by").is_null(), parsed[i].at("enforced") == "no") << parsed[i];
  }
  EXPECT_EQ(host.vzctl({"features", "-j"}), said);
}

TEST(Features, TakeNoContainer) {
  const Host host;
  const Said said = host.vzctl({"features", "101"});
  EXPECT_EQ(said.code, 20);
  EXPECT_THAT(said.err, HasSubstr("Invalid extra arguments: 101"));
}

TEST(Features, HaveHelp) {
  const Host host;
  const Said said = host.vzctl({"features", "--help"});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.out, StartsWith("Usage: vzctl features [--json]\n"));
  EXPECT_THAT(host.vzctl({"--help"}).out, HasSubstr("\n  vzctl features [--json]\n"));
}

}  // namespace
}  // namespace vz
