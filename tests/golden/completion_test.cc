// The bash completion, as bash would ask it, with programs that only print.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

// 101 runs, 102 is stopped, 103 mounted, 105 suspended; 101 is called web.
constexpr const char* kVzlist =
    "case \"$*\" in\n"
    "*-octid,status*) printf '101 running\\n102 stopped\\n103 mounted\\n105 suspended\\n' ;;\n"
    "*-oip*) echo '10.0.0.1 fd00::1' ;;\n"
    "*-S*-oname*) printf -- '-\\n-\\n-\\n' ;;\n"
    "*-oname*) printf 'web        \\n-\\ntwo words\\n' ;;\n"
    "*-a*-octid*) printf '101\\n102\\n103\\n105\\n' ;;\n"
    "*-S*-octid*) printf '102\\n103\\n105\\n' ;;\n"
    "*) echo '101' ;;\n"
    "esac\n";

class Completion : public testing::Test {
 protected:
  Completion() {
    program("vzlist", kVzlist);
    program("vztmpl-dl", "printf 'debian-12-x86_64\\ndebian-13-x86_64\\nminimal-x86_64\\n'");
    program("vzctl", "[ \"$*\" != 'snapshot-list 101 -H -ouuid' ] || echo '{uuid-1}'");
    host_.files().write("etc/vz/conf/ve-basic.conf-sample", "");
    host_.files().write("etc/vz/conf/ve-light.conf-sample", "");
    host_.files().write("etc/vz/conf/101.conf",
                        "NETIF=\"ifname=eth0,host_ifname=veth101.0;ifname=eth1,host_ifname=veth101.1\"\n");
  }

  void program(const std::string& name, const std::string& text) const {
    host_.files().write("bin/" + name, "#!/bin/sh\n" + text + "\n");
    chmod((host_.files() / ("bin/" + name)).c_str(), 0755);
  }

  // What stands behind the words when the tabulator is pressed at the end of the last one.
  std::vector<std::string> complete(const std::vector<std::string>& words) const {
    Command command;
    command.argv = {"bash",
                    "--norc",
                    "-c",
                    ". \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=()\n"
                    "how=($(complete -p \"$1\")); \"${how[2]}\" \"$1\" \"${!#}\" \"${@: -2:1}\"\n"
                    "[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' \"${COMPREPLY[@]}\"",
                    "bash",
                    VZ_COMPLETION};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.environment = {"PATH=" + (host_.files() / "bin") + ":/usr/bin:/bin", "LC_ALL=C",
                           "HOME=/nonexistent", "VZ_PREFIX=" + host_.files().path()};
    const Finished finished = vz::run(command).value();
    EXPECT_EQ(finished.errors, "");
    return split(finished.output, "\n");
  }

  Host host_;
};

TEST_F(Completion, CommandsComeFirst) {
  EXPECT_THAT(complete({"vzctl", "sto"}), ElementsAre("stop"));
  EXPECT_THAT(complete({"vzctl", "--quiet", "resta"}), ElementsAre("restart"));
  EXPECT_THAT(complete({"vzctl", ""}),
              IsSupersetOf({"create", "destroy", "delete", "suspend", "chkpnt", "set", "--verbose"}));
  EXPECT_THAT(complete({"vzctl", ""}), Not(Contains("monitor-event")));
}

TEST_F(Completion, ContainersByWhatTheCommandCanDoWithThem) {
  EXPECT_THAT(complete({"vzctl", "start", ""}), UnorderedElementsAre("102", "103", "105"));
  EXPECT_THAT(complete({"vzctl", "stop", ""}), UnorderedElementsAre("101", "web"));
  EXPECT_THAT(complete({"vzctl", "enter", "w"}), ElementsAre("web"));
  EXPECT_THAT(complete({"vzctl", "resume", ""}), ElementsAre("105"));
  EXPECT_THAT(complete({"vzctl", "umount", ""}), ElementsAre("103"));
  EXPECT_THAT(complete({"vzctl", "set", ""}), UnorderedElementsAre("101", "102", "103", "105", "web", "0"));
  EXPECT_THAT(complete({"vzctl", "create", ""}), ElementsAre("106"));
  program("vzlist", "");
  EXPECT_THAT(complete({"vzctl", "create", ""}), ElementsAre("101"));
}

TEST_F(Completion, OptionsAreThoseOfTheCommand) {
  EXPECT_THAT(complete({"vzctl", "start", "102", "--f"}), ElementsAre("--force"));
  EXPECT_THAT(complete({"vzctl", "create", "106", "--ost"}), ElementsAre("--ostemplate"));
  EXPECT_THAT(complete({"vzctl", "set", "101", "--onb"}), ElementsAre("--onboot"));
  EXPECT_THAT(complete({"vzctl", "set", "101", "--onboot", "yes", "--sav"}), ElementsAre("--save"));
  EXPECT_THAT(complete({"vzctl", "start", "102", "--force", "--w"}), ElementsAre("--wait"));
}

TEST_F(Completion, ValuesAreThoseOfTheOption) {
  EXPECT_THAT(complete({"vzctl", "set", "101", "--onboot", ""}), UnorderedElementsAre("yes", "no"));
  EXPECT_THAT(complete({"vzctl", "set", "101", "--onboot", "=", "n"}), ElementsAre("no"));
  EXPECT_THAT(complete({"vzctl", "create", "106", "--ostemplate", "debian-12"}),
              ElementsAre("debian-12-x86_64"));
  EXPECT_THAT(complete({"vzctl", "create", "106", "--config", ""}), UnorderedElementsAre("basic", "light"));
  EXPECT_THAT(complete({"vzctl", "set", "101", "--applyconfig", "l"}), ElementsAre("light"));
  EXPECT_THAT(complete({"vzctl", "set", "101", "--ipdel", ""}),
              UnorderedElementsAre("all", "10.0.0.1", "fd00::1"));
  EXPECT_THAT(complete({"vzctl", "set", "101", "--ifname", ""}), UnorderedElementsAre("eth0", "eth1"));
  EXPECT_THAT(complete({"vzctl", "set", "101", "--netif_del", "e"}), UnorderedElementsAre("eth0", "eth1"));
  EXPECT_THAT(complete({"vzctl", "snapshot-delete", "101", "--id", ""}), ElementsAre("{uuid-1}"));
  EXPECT_THAT(complete({"vzctl", "set", "101", "--hostname", ""}), IsEmpty());
}

TEST_F(Completion, VzlistKnowsItsFieldsAndOptions) {
  EXPECT_THAT(complete({"vzlist", "-o", "hostn"}), ElementsAre("hostname"));
  EXPECT_THAT(complete({"vzlist", "-o", "ctid,hostn"}), ElementsAre("ctid,hostname"));
  EXPECT_THAT(complete({"vzlist", "--no-"}), UnorderedElementsAre("--no-header", "--no-trim"));
  EXPECT_THAT(complete({"vzlist", "10"}), UnorderedElementsAre("101", "102", "103", "105"));
}

TEST_F(Completion, TheOtherProgramsToo) {
  EXPECT_THAT(complete({"vzmigrate", "--onl"}), ElementsAre("--online"));
  EXPECT_THAT(complete({"vzmigrate", "--online", "host", "105"}), ElementsAre("105"));
  EXPECT_THAT(complete({"vztmpl-dl", "--list-r"}), ElementsAre("--list-remote"));
  EXPECT_THAT(complete({"vztmpl-dl", "mini"}), ElementsAre("minimal-x86_64"));
}

// Sourcing it must not disturb the shell that does.
TEST_F(Completion, ItIsQuietUnderAStrictShell) {
  Command command;
  command.argv = {"bash", "--norc", "-euc", ". \"$1\"", "bash", VZ_COMPLETION};
  const auto said = vz::run(command).value();
  EXPECT_TRUE(said.ok()) << said.describe();
  EXPECT_EQ(said.output + said.errors, "");
}

}  // namespace
}  // namespace vz
