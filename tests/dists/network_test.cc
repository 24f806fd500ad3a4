// What the scripts write in each distribution, byte for byte: golden/NAME.txt. VZ_WRITE_GOLDEN=1 in the
// environment writes these files anew instead.

#include <gmock/gmock.h>
#include <stdlib.h>

#include "tests/dists/families.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<IpAddress> ips(const std::string& text) {
  return parse_ip_list(text).value();
}

class Network : public testing::TestWithParam<std::tuple<Family, Userland>> {
 protected:
  Network() : family_(std::get<0>(GetParam())), dist_(shipped_scripts(family_.ostemplate)) {}

  void SetUp() override {
    const Userland userland = std::get<1>(GetParam());
    if (const std::string why = ScratchRoot::missing(userland); !why.empty()) {
      GTEST_SKIP() << "SKIPPED: " << why;
    }
    root_ = std::make_unique<ScratchRoot>(userland);
    root_->put(family_.tree);
    before_ = root_->snapshot();
  }

  void run(const MaybeScript& script) {
    const Finished finished = root_->run(script->value());
    EXPECT_TRUE(finished.ok()) << finished.describe();
    EXPECT_EQ(finished.errors, "");
    EXPECT_EQ(finished.output, "");
  }
  void start(const std::string& addresses) {
    run(add_ip_script(dist_, {.state = "starting", .ips = ips(addresses)}));
  }
  void add(const std::string& addresses, bool delete_all = false) {
    run(add_ip_script(dist_, {.state = "running", .ips = ips(addresses), .delete_all = delete_all}));
  }
  void remove(const std::string& addresses, bool delete_all = false) {
    run(del_ip_script(dist_, {.state = "running", .ips = ips(addresses), .delete_all = delete_all}));
  }
  // What differs from the fresh root file system.
  std::string changes() const { return ScratchRoot::difference(before_, root_->snapshot()); }

  void expect_golden(const std::string& text) const {
    const std::string file = std::string(VZ_SOURCE_DIR) + "/tests/dists/golden/" + family_.name + ".txt";
    if (getenv("VZ_WRITE_GOLDEN") != nullptr) {
      ASSERT_TRUE(write_file_atomically(file, text));
    }
    EXPECT_EQ(text, read_file(file).value_or("<no golden file>"));
  }

  const Family family_;
  const DistScripts dist_;
  std::unique_ptr<ScratchRoot> root_;
  ScratchRoot::Tree before_;
};

TEST_P(Network, AddressesNamesAndServersAreWrittenAsTheDistributionReadsThem) {
  start("");
  std::string text = "=== started without an address\n" + changes();
  start("10.0.0.1/24 fd00::1");
  text += "\n=== started with one of each\n" + changes();
  run(set_hostname_script(dist_, "starting", "www.example.org", ips("10.0.0.1").front()));
  run(set_dns_script(dist_, {"1.1.1.1", "2606:4700::1111"}, {"example.org", "example.net"}));
  add("10.0.0.2 fd00::2");
  text += "\n=== named, with servers, two more\n" + changes();
  remove("10.0.0.1");
  remove("fd00::1 fd00::2");
  text += "\n=== three fewer\n" + changes();
  expect_golden(text);
}

// What the shells have in common is tried with the fastest.
class NetworkAgain : public Network {};

TEST_P(NetworkAgain, AgainChangesNothing) {
  start("10.0.0.1 10.0.0.2 fd00::1");
  run(set_hostname_script(dist_, "starting", "a.b.c", std::nullopt));
  run(set_dns_script(dist_, {"1.1.1.1"}, {"b.c"}));
  const std::string once = changes();
  start("10.0.0.1 10.0.0.2 fd00::1");
  run(set_hostname_script(dist_, "starting", "a.b.c", std::nullopt));
  run(set_dns_script(dist_, {"1.1.1.1"}, {"b.c"}));
  add("10.0.0.2/16");
  remove("10.0.0.3");
  EXPECT_EQ(changes(), once);
  for (const auto& [path, content] : root_->snapshot()) EXPECT_THAT(path, Not(HasSubstr(".vz-")));
}

TEST_P(NetworkAgain, AllAddressesGoAndTheNewOneComes) {
  start("10.0.0.1 fd00::1");
  add("10.0.0.9", true);
  const std::string replaced = changes();
  remove("", true);
  start("10.0.0.9");
  EXPECT_EQ(changes(), replaced);
  EXPECT_THAT(replaced, Not(HasSubstr("10.0.0.1")));
  EXPECT_THAT(replaced, Not(HasSubstr("fd00")));
}

// After the last address the files are those of a start that never had one.
TEST_P(NetworkAgain, TheLastAddressTakesItsTracesAlong) {
  start("");
  const std::string without = changes();
  start("10.0.0.1 10.0.0.2 fd00::1");
  remove("10.0.0.1 10.0.0.2 fd00::1");
  EXPECT_EQ(changes(), without);
  add("fd00::5");
  remove("", true);
  EXPECT_EQ(changes(), without);
  EXPECT_EQ(without.find("192.0.2.7"), std::string::npos) << "OpenVZ's interfaces stayed";
}

std::string name_of(const testing::TestParamInfo<std::tuple<Family, Userland>>& info) {
  std::string name = std::get<0>(info.param).name + "_" + userland_name(std::get<1>(info.param));
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Families, Network,
                         testing::Combine(testing::ValuesIn(families()),
                                          testing::Values(Userland::bash, Userland::dash, Userland::busybox)),
                         name_of);

INSTANTIATE_TEST_SUITE_P(Families, NetworkAgain,
                         testing::Combine(testing::ValuesIn(families()), testing::Values(Userland::dash)),
                         name_of);

}  // namespace

void PrintTo(const Family& family, std::ostream* stream) {
  *stream << family.name;
}

}  // namespace vz
