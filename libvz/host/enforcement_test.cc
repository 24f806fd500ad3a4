#include "libvz/host/enforcement.h"

#include <gmock/gmock.h>

#include <set>

#include "libvz/config/parameter_table.h"
#include "libvz/core/file.h"
#include "libvz/core/test_directory.h"
#include "libvz/core/text.h"

namespace vz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Enforcement, HasARowForEachParameterThatARunningContainerFeels) {
  for (const auto& row : parameter_table()) {
    const bool felt = row.aspect != Aspect::none || !row.restart_refusal.empty();
    if (felt) {
      EXPECT_NE(find_enforcement(row.key), nullptr) << row.key;
    }
  }
}

TEST(Enforcement, HasNoRowTwiceOrForNoParameter) {
  std::set<std::string_view> keys;
  for (const auto& row : enforcement_table()) {
    EXPECT_NE(find_parameter(row.key), nullptr) << row.key;
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
  }
}

// A row begins with its parameters: "| NETFILTER, IPTABLES |".
TEST(Enforcement, IsDocumentedForEachParameterAndForNoOther) {
  const auto page = read_file(std::string(VZ_SOURCE_DIR) + "/docs/limits.md");
  ASSERT_TRUE(page);
  std::multiset<std::string> documented;
  for (const auto& line : split(*page, "\n")) {
    const auto cells = split(line, "|");
    if (!line.starts_with("| ") || cells.empty() || find_parameter(split(cells[0], " ,").at(0)) == nullptr)
      continue;
    for (const auto& key : split(cells[0], " ,")) documented.insert(key);
  }
  std::multiset<std::string> known;
  for (const auto& row : enforcement_table()) known.emplace(row.key);
  EXPECT_EQ(documented, known);
}

TEST(Enforcement, SaysByWhatOrWhyNot) {
  const EnforcementHost nothing;
  for (const auto& row : enforcement_table()) {
    const auto finding = row.find(nothing);
    if (finding.enforced == Enforced::yes) {
      EXPECT_FALSE(row.by(nothing).empty()) << row.key;
    } else {
      EXPECT_FALSE(finding.why.empty()) << row.key;
    }
  }
}

TEST(AsksForEnforcement, NotWhenUnlimitedOrUnset) {
  Parameters parameters;
  EXPECT_FALSE(asks_for_enforcement(parameters, "NUMPROC"));
  parameters.numproc = BarrierLimit{};
  parameters.cpulimit = 0;
  parameters.oomguarpages = BarrierLimit{0, kUnlimited};
  EXPECT_FALSE(asks_for_enforcement(parameters, "NUMPROC"));
  EXPECT_FALSE(asks_for_enforcement(parameters, "CPULIMIT"));
  EXPECT_FALSE(asks_for_enforcement(parameters, "OOMGUARPAGES"));
  parameters.numproc = BarrierLimit{kUnlimited, 10};
  parameters.cpulimit = 50;
  parameters.oomguarpages = BarrierLimit{100, kUnlimited};
  EXPECT_TRUE(asks_for_enforcement(parameters, "NUMPROC"));
  EXPECT_TRUE(asks_for_enforcement(parameters, "CPULIMIT"));
  EXPECT_TRUE(asks_for_enforcement(parameters, "OOMGUARPAGES"));
}

class MissingEnforcement : public testing::Test {
 protected:
  // A host with one hierarchy, in a directory that looks like it.
  EnforcementHost host(const std::vector<std::string>& controllers, bool v2) {
    return {{{{.mount_point = directory_.path(), .controllers = controllers, .v2 = v2}}}, "/"};
  }
  TestDirectory directory_;
  void SetUp() override {
    parameters_.numproc = BarrierLimit{10, 10};
    parameters_.physpages = BarrierLimit{0, 1000};
    parameters_.swappages = BarrierLimit{0, 1000};
  }
  Parameters parameters_;
};

TEST_F(MissingEnforcement, NamesParameterAndController) {
  directory_.write("memory.limit_in_bytes", "");
  directory_.write("memory.memsw.limit_in_bytes", "");
  EXPECT_THAT(missing_enforcement(parameters_, Occasion::start, host({"memory"}, false)),
              ElementsAre("Warning: NUMPROC is not enforced: this host has no cgroup controller pids"));
}

TEST_F(MissingEnforcement, IsOneSentenceForAllParametersWithTheSameReason) {
  EXPECT_THAT(missing_enforcement(parameters_, Occasion::start, host({"pids"}, true)),
              ElementsAre("Warning: PHYSPAGES, SWAPPAGES are not enforced: this host has no cgroup "
                          "controller memory"));
}

TEST_F(MissingEnforcement, KnowsAKernelThatDoesNotAccountSwap) {
  directory_.write("group/memory.limit_in_bytes", "");
  directory_.write("group/pids.max", "");
  EXPECT_THAT(missing_enforcement(parameters_, Occasion::start, host({"memory", "pids"}, false)),
              ElementsAre(HasSubstr("SWAPPAGES is not enforced: this kernel does not account swap")));
}

TEST_F(MissingEnforcement, OfEveryHostIsToldOnlyWhenItIsSet) {
  Parameters parameters;
  parameters.numflock = BarrierLimit{10, 10};
  parameters.numfile = BarrierLimit{10, 10};
  const EnforcementHost any = host({"memory"}, true);
  EXPECT_THAT(missing_enforcement(parameters, Occasion::start, any), IsEmpty());
  EXPECT_THAT(
      missing_enforcement(parameters, Occasion::set, any),
      ElementsAre("Warning: NUMFLOCK is not enforced: mainline kernels have no such limit for a container",
                  HasSubstr("NUMFILE is only partly enforced: ")));
}

TEST_F(MissingEnforcement, TrustsAControllerThatHasNoGroupYet) {
  directory_.write("cgroup.subtree_control", "pids\n");
  EXPECT_THAT(missing_enforcement(parameters_, Occasion::start, host({"memory", "pids"}, true)), IsEmpty());
}

TEST_F(MissingEnforcement, LooksIntoAGroupWhereV2HasTheControllerOn) {
  directory_.write("cgroup.subtree_control", "memory pids\n");
  directory_.write("group/memory.max", "");
  directory_.write("group/pids.max", "");
  EXPECT_THAT(missing_enforcement(parameters_, Occasion::start, host({"memory", "pids"}, true)),
              ElementsAre(HasSubstr("SWAPPAGES is not enforced: this kernel does not account swap")));
}

}  // namespace
}  // namespace vz
