// vztmpl-dl with repositories in a directory, and behind a web server in a network of its own.

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

bool has(const std::string& program) {
  return find_program(program) != program;
}

class VztmplDl : public testing::Test {
 protected:
  void SetUp() override {
    if (!has("curl")) GTEST_SKIP() << "SKIPPED: curl is not installed";
    for (const char* repo : {"repo", "contrib"}) fs::create_directories(host_.files() / repo);
    vz_conf_ = host_.files().read("etc/vz/vz.conf") + "TEMPLATE=\"" + (host_.files() / "template") + "\"\n";
    configure("");
  }

  // Besides the repositories.
  void configure(const std::string& text) const {
    host_.files().write("etc/vz/vz.conf", vz_conf_);
    host_.files().write("etc/vz/download.conf",
                        "TMPL_REPO_PREFIX=\"file://" + host_.files().path() +
                            "\"\nTEMPLATE_REPOS=\"repo $TMPL_REPO_PREFIX/contrib\"\n" + text);
  }
  Said run(const std::vector<std::string>& words) const { return host_.tool("vztmpl-dl", words); }

  // A real compressed file.
  void publish(const std::string& file, const std::string& content) const {
    host_.files().write("content", content);
    Command command;
    command.argv = {"gzip", "-c", host_.files() / "content"};
    host_.files().write(file, run_checked(command, ExitCode::system).value());
  }
  std::string downloaded(const std::string& file) const {
    Command command;
    command.argv = {"gzip", "-dc", cached(file)};
    return run_checked(command, ExitCode::system).value_or("<not there>");
  }
  std::string cached(const std::string& file) const { return host_.files() / ("template/cache/" + file); }
  std::vector<std::string> cache() const {
    return list_directory(host_.files() / "template/cache").value_or(std::vector<std::string>{});
  }
  void make_old(const std::string& path) const {
    fs::last_write_time(path, fs::last_write_time(path) - std::chrono::hours(100));
  }

  Host host_;
  std::string vz_conf_;
};

TEST_F(VztmplDl, ATemplateComesFromTheFirstRepositoryThatHasIt) {
  publish("contrib/a-1.tar.gz", "contrib");
  const Said said = run({"a-1"});
  EXPECT_EQ(said, (Said{"Downloaded file://" + host_.files().path() + "/contrib/a-1.tar.gz to " +
                            cached("a-1.tar.gz") + "\n",
                        "", 0}));
  EXPECT_EQ(downloaded("a-1.tar.gz"), "contrib");
  publish("repo/b.tar.gz", "repo");
  publish("contrib/b.tar.gz", "contrib");
  EXPECT_EQ(run({"--quiet", "b"}), (Said{"", "", 0}));
  EXPECT_EQ(downloaded("b.tar.gz"), "repo");
  EXPECT_THAT(cache(), ElementsAre("a-1.tar.gz", "b.tar.gz"));
}

TEST_F(VztmplDl, WhatNobodyHasIsNotFound) {
  const Said said = run({"missing"});
  EXPECT_EQ(said, (Said{"", "vztmpl-dl: missing: no repository has it\n", 1}));
  EXPECT_THAT(cache(), IsEmpty());
}

TEST_F(VztmplDl, WithoutARepositoryItSaysWhatToDo) {
  host_.files().write("etc/vz/download.conf", "");
  const Said said = run({"debian-12-x86_64"});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("No template repository is configured"));
  EXPECT_THAT(said.err, HasSubstr("vztmpl-build"));
  EXPECT_EQ(run({"--list-remote"}).code, 1);
  host_.files().write("template/cache/x.tar.zst", "");
  EXPECT_EQ(run({"--list-all"}), (Said{"x\n", "", 0}));
}

TEST_F(VztmplDl, NamesThatLeadElsewhereAreRefused) {
  publish("secret.tar.gz", "secret");
  for (const char* name :
       {"../secret", "..", "a/b", ".hidden", "", "a b", "a\nb", "\xc3\xa4", "repo/../../secret"}) {
    const Said said = run({"--", name});
    EXPECT_EQ(said.code, 1) << name;
    EXPECT_THAT(said.err, HasSubstr("this is no name of a template")) << name;
  }
  EXPECT_EQ(run({"--", "-o"}).code, 1);
  EXPECT_EQ(run({std::string(5000, 'x')}).code, 1);
  EXPECT_THAT(cache(), IsEmpty());
}

TEST_F(VztmplDl, ANewerOneReplacesAndAnOlderOneDoesNot) {
  publish("repo/a.tar.gz", "first");
  ASSERT_EQ(run({"a"}).code, 0);
  EXPECT_EQ(run({"a"}), (Said{"a is up to date\n", "", 0}));
  make_old(cached("a.tar.gz"));
  publish("repo/a.tar.gz", "second");
  EXPECT_EQ(run({"--no-update", "a"}).code, 2);
  EXPECT_EQ(downloaded("a.tar.gz"), "first");
  configure("UPDATE_TEMPLATE=no\n");
  EXPECT_EQ(run({"a"}).code, 2);
  EXPECT_EQ(run({"--update", "a"}).code, 0);
  EXPECT_EQ(downloaded("a.tar.gz"), "second");
  make_old(cached("a.tar.gz"));
  publish("repo/a.tar.gz", "third");
  EXPECT_EQ(run({"--update-all"}).code, 0);
  EXPECT_EQ(downloaded("a.tar.gz"), "third");
  EXPECT_THAT(cache(), ElementsAre("a.tar.gz"));
}

TEST_F(VztmplDl, AnUpdateKeepsTheSuffix) {
  host_.files().write("template/cache/a.tar.zst", "mine");
  make_old(cached("a.tar.zst"));
  publish("repo/a.tar.gz", "other");
  EXPECT_EQ(run({"a"}).code, 1);
  EXPECT_THAT(cache(), ElementsAre("a.tar.zst"));
}

TEST_F(VztmplDl, ADamagedFileIsNotKept) {
  publish("repo/a.tar.gz", std::string(100000, 'x'));
  const std::string whole = host_.files().read("repo/a.tar.gz");
  host_.files().write("repo/a.tar.gz", whole.substr(0, whole.size() / 2));
  const Said said = run({"a"});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("the file is damaged"));
  EXPECT_THAT(cache(), IsEmpty());
}

TEST_F(VztmplDl, ErrorsEndTheWorkUnlessTheyAreToBeIgnored) {
  publish("repo/b.tar.gz", "b");
  EXPECT_EQ(run({"a", "b"}).code, 1);
  EXPECT_THAT(cache(), IsEmpty());
  EXPECT_EQ(run({"--ignore-errors", "a", "b"}).code, 1);
  EXPECT_THAT(cache(), ElementsAre("b.tar.gz"));
}

TEST_F(VztmplDl, Lists) {
  host_.files().write(
      "repo/.listing",
      "a-1.tar.gz\n-rw-r--r-- 1 0 0 17 Jan 1 2020 b.tar.xz\r\nb.tar.xz.asc\n../../evil.tar.gz\n\nc\n");
  host_.files().write("contrib/.listing", "a-1\nd.tar.gz\n");
  for (const char* file : {"b.tar.gz", "mine.tar.zst", ".x.tar.gz.part", "readme"}) {
    host_.files().write(std::string("template/cache/") + file, "");
  }
  EXPECT_EQ(run({"--list-remote"}), (Said{"a-1\nb\nc\nd\n", "", 0}));
  EXPECT_EQ(run({"--list-local"}), (Said{"b\nmine\n", "", 0}));
  EXPECT_EQ(run({"--list-all"}), (Said{"a-1\nb\nc\nd\nmine\n", "", 0}));
  EXPECT_EQ(run({"--list-orphans"}), (Said{"mine\n", "", 0}));
}

TEST_F(VztmplDl, TheListingIsKeptForAMinuteAndForTheseRepositories) {
  host_.files().write("repo/.listing", "a\n");
  host_.files().write("contrib/.listing", "");
  EXPECT_EQ(run({"--list-remote"}).out, "a\n");
  host_.files().write("repo/.listing", "b\n");
  EXPECT_EQ(run({"--list-remote"}).out, "a\n");
  configure("TMPL_SUFFIXES=\"tar.gz\"\n");
  EXPECT_EQ(run({"--list-remote"}).out, "b\n");
  host_.files().write("repo/.listing", "c\n");
  make_old(host_.files() / "run/vz/template-listing");
  EXPECT_EQ(run({"--list-remote"}).out, "c\n");
}

TEST_F(VztmplDl, AListingThatCannotBeReadIsAnError) {
  const Said said = run({"--list-remote"});
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, HasSubstr("/repo/.listing"));
}

TEST_F(VztmplDl, ConfigPrintsTheSettings) {
  configure("GPG_KEY=\"x\"\nQUIET=yes\nCHECK_TEMPLATE_SIG=maybe\n");
  const Said said = run({"--config", "--gpg-check"});
  const std::string top = "file://" + host_.files().path();
  EXPECT_EQ(said.out, "TMPL_REPO_PREFIX=\"" + top + "\"\nTEMPLATE_REPOS=\"" + top + "/repo " + top +
                          "/contrib\"\nTMPL_SUFFIXES=\"tar.gz tar.xz tar.zst\"\nGPG_KEY=\"x\"\n"
                          "CHECK_TEMPLATE_SIG=yes\nUPDATE_TEMPLATE=yes\nIGNORE_ERRORS=no\nQUIET=yes\n");
  EXPECT_THAT(said.err, HasSubstr("CHECK_TEMPLATE_SIG (\"maybe\")"));
}

TEST_F(VztmplDl, WrongUsageIsThree) {
  EXPECT_EQ(run({}).code, 3);
  EXPECT_EQ(run({"--bogus"}).code, 3);
  EXPECT_EQ(run({"--list-local", "a"}).code, 3);
  EXPECT_EQ(run({"--list-local", "--list-all"}).code, 3);
}

class SignedTemplate : public VztmplDl {
 protected:
  void SetUp() override {
    VztmplDl::SetUp();
    if (IsSkipped()) return;
    if (!has("gpg")) GTEST_SKIP() << "SKIPPED: gpg is not installed";
    for (const char* who : {"us", "them"}) {
      fs::create_directories(home(who));
      fs::permissions(home(who), fs::perms::owner_all);
      gpg(who, {"--passphrase", "", "--quick-gen-key", std::string(who) + "@example.org", "ed25519", "sign",
                "never"});
      gpg(who, {"--export", "--output", host_.files() / (std::string(who) + ".gpg")});
    }
    publish("repo/a.tar.gz", "content");
    sign("us");
    configure("CHECK_TEMPLATE_SIG=yes\nGPG_KEY=\"" + (host_.files() / "us.gpg") + "\"\n");
  }
  void TearDown() override {
    if (!has("gpgconf")) return;
    // The agents that gpg has started for signing.
    for (const char* who : {"us", "them"}) {
      Command command;
      command.argv = {"gpgconf", "--homedir", home(who), "--kill", "all"};
      (void)vz::run(command);
    }
  }

  std::string home(const std::string& who) const { return host_.files() / ("gnupg-" + who); }
  std::string gpg(const std::string& who, const std::vector<std::string>& words) const {
    Command command;
    command.argv = {"gpg", "--batch", "--yes", "--quiet", "--no-tty", "--homedir", home(who)};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    return run_checked(command, ExitCode::system).value();
  }
  void sign(const std::string& who) const {
    gpg(who, {"--armor", "--detach-sign", "--output", host_.files() / "repo/a.tar.gz.asc",
              host_.files() / "repo/a.tar.gz"});
  }
};

TEST_F(SignedTemplate, AGoodSignatureIsAccepted) {
  const Said said = run({"a"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(cache(), ElementsAre("a.tar.gz"));
}

TEST_F(SignedTemplate, ASignatureByAnotherKeyIsNot) {
  sign("them");
  const Said said = run({"a"});
  EXPECT_EQ(said.code, 5);
  EXPECT_THAT(said.err, HasSubstr("the signature is not good"));
  EXPECT_THAT(cache(), IsEmpty());
}

TEST_F(SignedTemplate, AChangedFileIsNot) {
  publish("repo/a.tar.gz", "changed");
  EXPECT_EQ(run({"a"}).code, 5);
  EXPECT_THAT(cache(), IsEmpty());
  EXPECT_EQ(run({"--no-gpg-check", "a"}).code, 0);
}

TEST_F(SignedTemplate, AMissingSignatureIsNot) {
  fs::remove(host_.files() / "repo/a.tar.gz.asc");
  const Said said = run({"a"});
  EXPECT_EQ(said.code, 5);
  EXPECT_THAT(said.err, HasSubstr("there is no signature"));
}

TEST_F(SignedTemplate, AnOldVersionOutlivesABadNewOne) {
  ASSERT_EQ(run({"a"}).code, 0);
  make_old(cached("a.tar.gz"));
  publish("repo/a.tar.gz", "changed");
  EXPECT_EQ(run({"a"}).code, 5);
  EXPECT_EQ(downloaded("a.tar.gz"), "content");
  EXPECT_THAT(cache(), ElementsAre("a.tar.gz"));
}

TEST_F(SignedTemplate, WithoutAKeyNothingIsGood) {
  for (const char* key : {"", "short", "0123456789ABCDEF0"}) {
    configure(std::string("CHECK_TEMPLATE_SIG=yes\nGPG_KEY=\"") + key + "\"\n");
    EXPECT_EQ(run({"a"}).code, 5) << key;
  }
  EXPECT_THAT(cache(), IsEmpty());
}

// A server that says "404" or cuts its answers off, reached over the loopback of a new network namespace.
constexpr const char* kServer = R"(
import http.server, os, subprocess, sys, threading
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self):
        if "/away/" in self.path:
            self.send_response(302)
            self.send_header("Location", "file://" + os.getcwd() + "/repo/secret.tar.gz")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if "/cut/" not in self.path: return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.wfile.write(b"x" * 1000)
os.chdir(sys.argv[1])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(subprocess.run(sys.argv[2:]).returncode)
)";

class WebRepository : public VztmplDl {
 protected:
  void SetUp() override {
    VztmplDl::SetUp();
    if (IsSkipped()) return;
    if (!has("python3") || !has("ip")) GTEST_SKIP() << "SKIPPED: there is no python3 or no ip";
    Command probe;
    probe.argv = {"unshare", "--user", "--map-root-user", "--net", "true"};
    if (!run_checked(probe, ExitCode::system)) GTEST_SKIP() << "SKIPPED: no user namespaces";
    host_.files().write("server.py", kServer);
  }
  Said over_web(const std::string& repos, const std::vector<std::string>& words) const {
    host_.files().write("etc/vz/download.conf",
                        "TMPL_REPO_PREFIX=\"http://127.0.0.1:8000\"\nTEMPLATE_REPOS=\"" + repos + "\"\n");
    Command command;
    command.argv = {"unshare",
                    "--user",
                    "--map-root-user",
                    "--net",
                    "python3",
                    host_.files() / "server.py",
                    host_.files().path(),
                    std::string(VZ_TOOLS_DIR) + "/vztmpl-dl"};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.environment.push_back("VZ_PREFIX=" + host_.files().path());
    command.timeout = std::chrono::seconds(30);
    const Finished finished = vz::run(command).value();
    return {finished.output, finished.errors, finished.exit_code};
  }
};

TEST_F(WebRepository, ATemplateIsFoundBehindOneThatDoesNotHaveIt) {
  publish("contrib/a.tar.gz", "content");
  const Said said = over_web("repo contrib", {"a"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(downloaded("a.tar.gz"), "content");
  EXPECT_EQ(over_web("repo contrib", {"a"}), (Said{"a is up to date\n", "", 0}));
  EXPECT_EQ(over_web("repo contrib", {"b"}).code, 1);
}

TEST_F(WebRepository, ADownloadThatIsCutOffLeavesNothing) {
  const Said said = over_web("cut", {"a"});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("Cannot get http://127.0.0.1:8000/cut/a.tar.gz: "));
  EXPECT_THAT(cache(), IsEmpty());
}

TEST_F(WebRepository, AServerCannotSendUsToTheHostsOwnFiles) {
  publish("repo/secret.tar.gz", "secret");
  EXPECT_EQ(over_web("away", {"a"}).code, 1);
  EXPECT_THAT(cache(), IsEmpty());
}

TEST_F(WebRepository, AServerThatDoesNotAnswerIsTold) {
  const Said said = over_web("http://127.0.0.1:9/", {"a"});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("Cannot get http://127.0.0.1:9/a.tar.gz"));
}

}  // namespace
}  // namespace vz
