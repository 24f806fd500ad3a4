#include "vzmigrate/ssh_session.h"

#include <gmock/gmock.h>

#include "vzmigrate/exit_code.h"

namespace vz {
namespace {

struct Target {
  std::string user;
  std::string host;
  bool operator==(const Target&) const = default;
};

Target target_of(const std::string& text) {
  const auto target = parse_target(text);
  EXPECT_TRUE(target.options.empty());
  return {target.user, target.host};
}

TEST(SshTarget, IsAHostPerhapsWithItsUser) {
  EXPECT_EQ(target_of("node2"), (Target{"", "node2"}));
  EXPECT_EQ(target_of("root@node2.example"), (Target{"root", "node2.example"}));
  EXPECT_EQ(target_of("user@domain@node2"), (Target{"user@domain", "node2"}));
}

TEST(SshTarget, MayBeAnIpv6Address) {
  EXPECT_EQ(target_of("2001:db8::2"), (Target{"", "2001:db8::2"}));
  EXPECT_EQ(target_of("[2001:db8::2]"), (Target{"", "2001:db8::2"}));
  EXPECT_EQ(target_of("root@[fe80::2%eth0]"), (Target{"root", "fe80::2%eth0"}));
}

// What is refused before anything is connected to.
int code_with(const std::vector<std::string>& options) {
  SshTarget target{.host = "127.0.0.1", .user = "root", .options = options};
  const auto session = open_ssh_session(target, 0);
  return session ? 0 : static_cast<int>(session.error().code());
}

TEST(SshOptions, WhatIsNotUnderstoodIsRefusedRatherThanIgnored) {
  constexpr int kUsage = static_cast<int>(MigrateCode::usage);
  EXPECT_EQ(code_with({"-p"}), kUsage);
  EXPECT_EQ(code_with({"-p", "ssh"}), kUsage);
  EXPECT_EQ(code_with({"-X"}), kUsage);
  EXPECT_EQ(code_with({"-L", "1:h:2"}), kUsage);
  EXPECT_EQ(code_with({"-oPermitLocalCommand=yes"}), kUsage);
  EXPECT_EQ(code_with({"-o", "ConnectTimeout=soon"}), kUsage);
  EXPECT_EQ(code_with({"node3"}), kUsage);
  EXPECT_EQ(code_with({"-F", "/nonexistent/ssh_config"}), kUsage);
}

TEST(SshOptions, WhatIsUnderstoodLeadsToTheConnection) {
  // Nobody listens on port 1.
  EXPECT_EQ(code_with({"-v", "-q", "-C", "-4", "-p", "1", "-oBatchMode=yes", "-o", "ConnectTimeout=1", "-i/x",
                       "-l", "admin"}),
            static_cast<int>(MigrateCode::cannot_connect));
}

}  // namespace
}  // namespace vz
