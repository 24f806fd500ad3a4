// What `cmake --install` lays down, into an empty DESTDIR.

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "libvz/core/process.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

using Words = std::set<std::string>;

class Install : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    top_ = std::make_unique<TestDirectory>();
    ASSERT_TRUE(install());
  }
  static void TearDownTestSuite() { top_.reset(); }

  static Result<std::string> install() {
    Command command;
    command.argv = {VZ_CMAKE, "--install", VZ_BUILD_DIR, "--prefix", "/usr"};
    command.environment.push_back("DESTDIR=" + top_->path());
    return run_checked(command, ExitCode::system);
  }

  // Files as paths from the root, directories that are empty with a slash at their end.
  static Words laid_down() {
    Words paths;
    for (const auto& entry : fs::recursive_directory_iterator(top_->path())) {
      const std::string path = "/" + entry.path().lexically_relative(top_->path()).string();
      if (!entry.is_directory()) paths.insert(path);
      if (entry.is_directory() && fs::is_empty(entry.path())) paths.insert(path + "/");
    }
    return paths;
  }

  static std::unique_ptr<TestDirectory> top_;
};

std::unique_ptr<TestDirectory> Install::top_;

Words below(const Words& paths, const std::string& directory) {
  Words some;
  for (const auto& path : paths) {
    if (path.starts_with(directory)) some.insert(path);
  }
  return some;
}

// The files of a directory of the tree with this ending, as they are to be installed.
Words installed_from(const std::string& directory, const std::string& ending, const std::string& to) {
  Words paths;
  for (const auto& entry : fs::recursive_directory_iterator(std::string(VZ_SOURCE_DIR) + "/" + directory)) {
    const std::string name =
        entry.path().lexically_relative(std::string(VZ_SOURCE_DIR) + "/" + directory).string();
    if (entry.is_regular_file() && name.ends_with(ending)) paths.insert(to + "/" + name);
  }
  return paths;
}

const std::map<std::string, std::string> kPrograms = {
    // and the man pages of each
    {"/usr/sbin/vzctl", "vzctl.8"},
    {"/usr/sbin/vzlist", "vzlist.8"},
    {"/usr/sbin/vzmigrate", "vzmigrate.8"},
    {"/usr/sbin/vztmpl-build", "vztmpl-build.8"},
    {"/usr/sbin/arpsend", "arpsend.8"},
    {"/usr/sbin/ndsend", "ndsend.8"},
    {"/usr/sbin/vzcalc", "vzcalc.8"},
    {"/usr/sbin/vzcptcheck", "vzcptcheck.8"},
    {"/usr/sbin/vzmemcheck", "vzmemcheck.8"},
    {"/usr/sbin/vzoversell", "vzoversell.8"},
    {"/usr/sbin/vzubc", "vzubc.8"},
    {"/usr/sbin/vzcfgvalidate", "vzcfgvalidate.8"},
    {"/usr/sbin/vzcpucheck", "vzcpucheck.8"},
    {"/usr/sbin/vzfsync", "vzfsync.8"},
    {"/usr/sbin/vznetstat", "vznetstat.8"},
    {"/usr/sbin/vznnc", "vznnc.8"},
    {"/usr/sbin/vzpid", "vzpid.8"},
    {"/usr/sbin/vzps", "vzps.8"},
    {"/usr/sbin/vzsplit", "vzsplit.8"},
    {"/usr/sbin/vztop", "vztop.8"},
    {"/usr/sbin/vzifup-post", "vzifup-post.8"},
    {"/usr/sbin/vznetaddbr", "vznetaddbr.8"},
    {"/usr/sbin/vznetcfg", "vznetcfg.8"},
    {"/usr/sbin/vztmpl-dl", "vztmpl-dl.8"},
    {"/usr/libexec/vz/vzboot", "vzboot.8"},
    {"/usr/libexec/vz/vzcriuprobe", "vzcriuprobe.8"},
    {"/usr/libexec/vz/vzmonitor", "vzmonitor.8"},
};

TEST_F(Install, EveryProgramLiesWhereItIsCalledFrom) {
  Words programs;
  for (const auto& [path, page] : kPrograms) programs.insert(path);
  const Words all = laid_down();
  Words found = below(all, "/usr/sbin/");
  found.merge(below(all, "/usr/libexec/"));
  EXPECT_EQ(found, programs);
  for (const auto& path : programs) EXPECT_EQ(access((*top_ / path).c_str(), X_OK), 0) << path;
}

TEST_F(Install, EveryProgramHasItsManPage) {
  for (const auto& [path, page] : kPrograms)
    EXPECT_TRUE(exists(*top_ / ("usr/share/man/man8/" + page))) << path;
  Words pages = installed_from("man", ".8", "/usr/share/man/man8");
  pages.merge(installed_from("man", ".5", "/usr/share/man/man5"));
  EXPECT_EQ(below(laid_down(), "/usr/share/"), pages);
}

TEST_F(Install, EveryProgramHasHelp) {
  for (const auto& [path, page] : kPrograms) {
    Command command;
    command.argv = {*top_ / path, "--help"};
    const auto said = run(command);
    ASSERT_TRUE(said) << path;
    EXPECT_THAT(said->output, testing::HasSubstr("Usage: ")) << path;
    EXPECT_EQ(said->errors, "") << path;
    // vzlist's has always been 1.
    EXPECT_EQ(said->exit_code, path.ends_with("/vzlist") ? 1 : 0) << path;
  }
}

TEST_F(Install, TheConfigurationIsThatOfTheTree) {
  Words files = installed_from("etc/conf", ".conf-sample", "/etc/vz/conf");
  files.merge(installed_from("etc/dists", "", "/etc/vz/dists"));
  files.merge(Words{"/etc/init.d/vz", "/etc/bash_completion.d/vzctl.sh", "/etc/logrotate.d/vzctl",
                    "/etc/network/if-up.d/vzifup-post"});
  files.merge(Words{"/etc/vz/vz.conf", "/etc/vz/conf/0.conf", "/etc/vz/download.conf", "/etc/vz/names/"});
  EXPECT_EQ(below(laid_down(), "/etc/"), files);
}

TEST_F(Install, ContainersHaveTheirPlaces) {
  EXPECT_EQ(below(laid_down(), "/vz/"),
            (Words{"/vz/dump/", "/vz/lock/", "/vz/private/", "/vz/root/", "/vz/template/cache/"}));
  EXPECT_EQ(below(laid_down(), "/var/"), (Words{"/var/lib/vzctl/vzreboot/"}));
  // Containers' root, another user than the host's, must come through to what is mounted for it.
  const std::pair<const char*, mode_t> modes[] = {{"vz/private", 0700}, {"vz/root", 0711}, {"vz/dump", 0700}};
  for (const auto& [directory, mode] : modes) {
    struct stat status {};
    ASSERT_EQ(stat((*top_ / directory).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, mode) << directory;
  }
}

TEST_F(Install, ThereIsNothingElse) {
  const Words all = laid_down();
  size_t known = 0;
  for (const char* directory :
       {"/usr/sbin/", "/usr/libexec/vz/", "/usr/share/man/", "/usr/lib/systemd/system/vz.service",
        "/usr/lib/systemd/system/lxcfs.service.d/vz.conf", "/usr/lib/vz/lxcfs-clock.so", "/etc/", "/vz/",
        "/var/lib/vzctl/"}) {
    known += below(all, directory).size();
  }
  EXPECT_EQ(known, all.size());
}

TEST_F(Install, AgainKeepsTheAdministratorsConfiguration) {
  const std::string before = top_->read("etc/vz/vz.conf");
  top_->write("etc/vz/vz.conf", before + "# mine\n");
  top_->write("etc/vz/conf/0.conf", "# mine too\n");
  ASSERT_TRUE(install());
  EXPECT_EQ(top_->read("etc/vz/vz.conf"), before + "# mine\n");
  EXPECT_EQ(top_->read("etc/vz/conf/0.conf"), "# mine too\n");
}

TEST_F(Install, TheVersionIsThatOfTheProject) {
  Command command;
  command.argv = {*top_ / "usr/sbin/vzctl", "--version"};
  EXPECT_EQ(run_checked(command, ExitCode::system).value_or("failed"), "vzctl version " VZ_VERSION "\n");
}

}  // namespace
}  // namespace vz
