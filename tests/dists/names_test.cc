// Passwords, POST_CREATE, DNS in its special cases, and the functions that scripts of others call.

#include <gmock/gmock.h>

#include "tests/dists/scratch_root.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Scripts : public testing::TestWithParam<Userland> {
 protected:
  void SetUp() override {
    if (const std::string why = ScratchRoot::missing(GetParam()); !why.empty()) {
      GTEST_SKIP() << "SKIPPED: " << why;
    }
    root_ = std::make_unique<ScratchRoot>(GetParam());
  }

  // The text after the functions, as a script of somebody else's.
  std::string said(const std::string& text) {
    const Finished finished =
        root_->run({shipped_scripts("debian").functions + "\n" + text, {kPathVariable}});
    EXPECT_EQ(finished.errors, "") << text;
    return finished.output;
  }
  // A file's text after such a script.
  std::string made(const std::string& before, const std::string& text) {
    root_->put({{"etc/file", before}});
    EXPECT_EQ(said(text), "");
    return root_->read("etc/file");
  }
  Finished set_password(const std::string& user_password) {
    return root_->run(set_userpass_script(shipped_scripts("debian"), user_password)->value());
  }
  void post_create() {
    const DistScripts dist = shipped_scripts("debian");
    const std::string script =
        dist.functions + "\n" + read_file(dist.scripts.at(DistAction::post_create)).value();
    const Finished finished = root_->run({script, {"HOME=/", "TERM=linux", "VE_ROOT=/", kPathVariable}});
    EXPECT_TRUE(finished.ok()) << finished.describe();
    EXPECT_EQ(finished.errors, "");
  }
  void set_dns(const std::vector<std::string>& servers, const std::vector<std::string>& domains) {
    const Finished finished =
        root_->run(set_dns_script(shipped_scripts("debian"), servers, domains)->value());
    EXPECT_TRUE(finished.ok()) << finished.describe();
    EXPECT_EQ(finished.errors, "");
  }

  std::unique_ptr<ScratchRoot> root_;
};

const std::vector<std::string> kOddPasswords = {
    "simple",         "two words",    " blank first", "a:b:c", "$HOME `id` $(id)",
    "back\\slash\\n", "'\"quotes\"'", "100%s%d",      "-n",    "*?[a]",
    "p\xc3\xa4ss",    "tab\there",    "#;&|<>()"};

TEST_P(Scripts, APasswordArrivesAsItIs) {
  root_->put({{"etc/passwd", "root:x:0:0::/root:/bin/sh\n"}});
  root_->put_program("chpasswd", "cat >/etc/got\n");
  for (const auto& password : kOddPasswords) {
    const Finished finished = set_password("root:" + password);
    EXPECT_TRUE(finished.ok()) << finished.describe();
    EXPECT_EQ(finished.output + finished.errors, "");
    EXPECT_EQ(root_->read("etc/got"), "root:" + password + "\n");
  }
}

TEST_P(Scripts, AUserThatIsMissingIsAddedAndOneWhoseNameLooksLikeItIsNotTakenForIt) {
  root_->put({{"etc/passwd", "webx:x:0:0::/root:/bin/sh\nw.b:x:1:1::/:/bin/sh\n"}});
  root_->put_program("chpasswd", "cat >/etc/got\n");
  root_->put_program("useradd", "echo \"$@\" >>/etc/added\n");
  EXPECT_TRUE(set_password("w.b:x").ok());
  EXPECT_TRUE(set_password("web:x").ok());
  EXPECT_EQ(root_->read("etc/added"), "-m -- web\n");
}

TEST_P(Scripts, APasswordThatCannotBeSetIsAFailure) {
  root_->put({{"etc/passwd", "root:x:0:0::/root:/bin/sh\n"}});
  root_->put_program("chpasswd", "exit 1\n");
  EXPECT_EQ(set_password("root:x").exit_code, 74);
  EXPECT_EQ(set_password("nobody").exit_code, 74);
  EXPECT_EQ(set_password(":x").exit_code, 74);
  root_->put_program("useradd", "exit 9\n");
  EXPECT_EQ(set_password("other:x").exit_code, 74);
}

// busybox prefers its own mkpasswd to that of the test.
TEST_P(Scripts, WithoutChpasswdTheShadowFileIsChanged) {
  root_->put({{"etc/passwd", "root:x:0:0::/root:/bin/sh\nr:x:1:1::/:/bin/sh\n"},
              {"etc/shadow", "r:!:1:0:99999:7:::\nroot:!:1:0:99999:7:::\n"}});
  root_->put_program("mkpasswd", "IFS= read -r word; echo '$6$salt$hash/of.'\"${#word}\"\n");
  ASSERT_TRUE(set_password("root:a b").ok());
  const std::string shadow = root_->read("etc/shadow");
  EXPECT_THAT(shadow, StartsWith("r:!:1:0:99999:7:::\nroot:$6$"));
  EXPECT_THAT(shadow, testing::EndsWith(":1:0:99999:7:::\n"));
  if (GetParam() != Userland::busybox) {
    EXPECT_THAT(shadow, HasSubstr("root:$6$salt$hash/of.3:"));
  }
  EXPECT_EQ(root_->snapshot().size(), 2U);
}

TEST_P(Scripts, PostCreateMakesATemplateIntoAMachineOfItsOwn) {
  root_->put({{"etc/shadow", "root::1:0:99999:7:::\nbin:*:1:::::\n"},
              {"etc/hosts", "127.0.0.1 me localhost\n"},
              {"etc/machine-id", "0123456789abcdef\n"},
              {"etc/crontab", "SHELL=/bin/sh\n17 *\t* * *\troot\trun-parts\n*/5 * * * * root x\n"}});
  post_create();
  EXPECT_EQ(root_->read("etc/shadow"), "root:!!:1:0:99999:7:::\nbin:*:1:::::\n");
  EXPECT_EQ(root_->read("etc/hosts"), "127.0.0.1 me localhost\n::1 localhost ip6-localhost ip6-loopback\n");
  EXPECT_EQ(root_->read("etc/machine-id"), "");
  EXPECT_EQ(root_->read("etc/resolv.conf"), "");
  EXPECT_THAT(root_->read("etc/crontab"),
              testing::MatchesRegex(
                  "SHELL=/bin/sh\n[0-9]+ \\*\t\\* \\* \\*\troot\trun-parts\n\\*/5 \\* \\* \\* \\* root x\n"));
  const auto once = root_->snapshot();
  root_->put({{"etc/crontab", "# VZCTL_POSTCREATE_SKIP\n17 * * * * root x\n"}});
  post_create();
  EXPECT_THAT(root_->read("etc/crontab"), HasSubstr("17 *"));
  EXPECT_EQ(ScratchRoot::difference(once, root_->snapshot()).find("etc/hosts"), std::string::npos);
}

TEST_P(Scripts, PostCreateLocksAnEmptyPasswordThatStandsInPasswd) {
  root_->put({{"etc/passwd", "root::0:0:root:/root:/bin/sh\n"}});
  post_create();
  EXPECT_EQ(root_->read("etc/passwd"), "root:!!:0:0:root:/root:/bin/sh\n");
}

TEST_P(Scripts, DnsLeavesWhatItWasNotToldToChange) {
  root_->put({{"etc/resolv.conf", "domain old\nnameserver 9.9.9.9\noptions edns0"}});
  set_dns({}, {"new", "newer"});
  EXPECT_EQ(root_->read("etc/resolv.conf"), "search new newer\nnameserver 9.9.9.9\noptions edns0\n");
  set_dns({"1.1.1.1"}, {});
  EXPECT_EQ(root_->read("etc/resolv.conf"), "search new newer\nnameserver 1.1.1.1\noptions edns0\n");
}

TEST_P(Scripts, DnsFollowsALinkThatLeadsNowhereYet) {
  root_->put({{"etc/resolv.conf", "-> ../run/some/where/resolv.conf"}});
  set_dns({"1.1.1.1"}, {});
  EXPECT_EQ(root_->read("run/some/where/resolv.conf"), "nameserver 1.1.1.1\n");
}

TEST_P(Scripts, DnsThroughResolvedKeepsTheOtherSetting) {
  root_->put({{"etc/resolv.conf", "-> /run/systemd/resolve/stub-resolv.conf"}});
  set_dns({"1.1.1.1", "::2"}, {"a"});
  set_dns({}, {"b", "c"});
  EXPECT_EQ(root_->read("etc/systemd/resolved.conf.d/vz.conf"),
            "# Written by vzctl; changes will be lost.\n[Resolve]\nDNS=1.1.1.1 ::2\nDomains=b c\n");
}

TEST_P(Scripts, DnsGoesThroughResolvconfWhereThatIs) {
  root_->put({{"etc/resolv.conf", "-> /run/resolvconf/resolv.conf"}});
  set_dns({"1.1.1.1"}, {"a"});
  EXPECT_EQ(root_->read("etc/resolvconf/resolv.conf.d/head"), "search a\nnameserver 1.1.1.1\n");
  root_->put({{"run/resolvconf/", ""}});
  root_->put_program("resolvconf", "echo \"$@\" >/etc/got; cat >>/etc/got\n");
  set_dns({"1.1.1.1"}, {"a"});
  EXPECT_EQ(root_->read("etc/got"), "-a venet0\nsearch a\nnameserver 1.1.1.1\n");
}

TEST_P(Scripts, ParametersInFilesAreChangedInPlace) {
  EXPECT_EQ(made("A=1\nB=\"x\"\n# B=\n", "put_param /etc/file B 'y & z/|\\\\'"),
            "A=1\nB=\"y & z/|\\\\\"\n# B=\n");
  EXPECT_EQ(made("A=1\n", "put_param /etc/file B y"), "A=1\nB=\"y\"\n");
  EXPECT_EQ(made("A=1\nA=2\n", "put_param /etc/file A 3"), "A=\"3\"\n");
  EXPECT_EQ(made("B=\"x\"\n", "add_param /etc/file B y; add_param /etc/file B x"), "B=\"x y\"\n");
  EXPECT_EQ(made("", "add_param /etc/file B y"), "B=\"y\"\n");
  EXPECT_EQ(made("B=\"x y z\"\n", "del_param /etc/file B y"), "B=\"x z\"\n");
  EXPECT_EQ(made("A=1\n", "del_param /etc/file B y"), "A=1\n");
  EXPECT_EQ(made("NAME old\n", "put_param2 /etc/file NAME new"), "NAME new\n");
  EXPECT_EQ(made("A=(\"x\")\n", "add_param3 /etc/file A 'b c'; add_param3 /etc/file A x"),
            "A=(\"x\" \"b c\")\n");
  EXPECT_EQ(made("A=(\"x\" \"b c\" \"d\")\n", "del_param3 /etc/file A 'b c'"), "A=(\"x\" \"d\")\n");
  EXPECT_EQ(made("", "put_param3 /etc/file A x"), "A=(\"x\")\n");
}

TEST_P(Scripts, AddressesAreTakenApart) {
  EXPECT_EQ(
      said("for n in 0 1 8 17 24 31 32; do cidr2mask $n; done"),
      "0.0.0.0\n128.0.0.0\n255.0.0.0\n255.255.128.0\n255.255.255.0\n255.255.255.254\n255.255.255.255\n");
  EXPECT_EQ(said("ip_conv 10.0.0.1; echo $_IP $_MASK $_NETMASK \"$_IPV6ADDR\""),
            "10.0.0.1 32 255.255.255.255 \n");
  EXPECT_EQ(said("ip_conv 10.0.0.1/24; echo $_IP $_MASK $_NETMASK"), "10.0.0.1 24 255.255.255.0\n");
  EXPECT_EQ(said("ip_conv fd00::1/64; echo $_IP $_MASK \"$_NETMASK\" $_IPV6ADDR"), "fd00::1 64  fd00::1\n");
}

TEST_P(Scripts, TheMarkedLineOfHostsIsReplacedAndNoOther) {
  const std::string mark = "# Auto-generated hostname. Please do not remove this comment.\n";
  EXPECT_EQ(made("127.0.0.1 localhost\n" + mark + "10.0.0.1 old.name old\n10.0.0.1 mine\n",
                 "change_hostname /etc/file new.name 10.0.0.2"),
            "127.0.0.1 localhost\n10.0.0.1 mine\n" + mark + "10.0.0.2 new.name new\n");
  EXPECT_EQ(made("", "change_hostname /etc/file plain ''"), mark + "127.0.1.1 plain\n");
}

TEST_P(Scripts, FilesKeepTheirModeAndTheirLink) {
  root_->put({{"etc/real", "A=1\n"}, {"etc/link", "-> real"}});
  EXPECT_EQ(said("chmod 640 /etc/real; put_param /etc/link A 2"), "");
  EXPECT_EQ(root_->snapshot(),
            (ScratchRoot::Tree{{"etc/real", "640\nA=\"2\"\n"}, {"etc/link", "-> real\n"}}));
}

TEST_P(Scripts, AFileOutlivesACommandThatFailsOnIt) {
  EXPECT_EQ(made("A=1\n", "change_file /etc/file sh -c 'echo half; exit 1' || true"), "A=1\n");
}

TEST_P(Scripts, ErrorEndsTheScriptWithItsCode) {
  const Finished finished = root_->run(
      {shipped_scripts("debian").functions + "\nerror 'what went wrong' 42\necho not here", {kPathVariable}});
  EXPECT_EQ(finished.exit_code, 42);
  EXPECT_EQ(finished.output, "");
  EXPECT_EQ(finished.errors, "ERROR: what went wrong\n");
}

TEST_P(Scripts, BeforeInitNothingFailsWhereNothingIsToBeDone) {
  const DistScripts dist = shipped_scripts("debian");
  for (const auto& script : {set_console_script(dist), pre_start_script(dist, true),
                             pre_start_script(dist, false), set_ugid_quota_script(dist, "starting", 0)}) {
    const Finished finished = root_->run(script->value());
    EXPECT_TRUE(finished.ok()) << finished.describe();
    EXPECT_EQ(finished.output + finished.errors, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Userlands, Scripts,
                         testing::Values(Userland::bash, Userland::dash, Userland::busybox),
                         [](const testing::TestParamInfo<Userland>& at) { return userland_name(at.param); });

}  // namespace
}  // namespace vz
