#include "libvz/storage/template.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"

namespace vz {
namespace {

// Unpacking changes its root directory. Without privileges that takes a user namespace, in which the caller
// is root.
bool become_root() {
  static const bool done = [] {
    const uid_t uid = getuid();
    const gid_t gid = getgid();
    if (uid == 0) return true;
    if (unshare(CLONE_NEWUSER) < 0) return false;
    return write_knob("/proc/self/setgroups", "deny") &&
           write_knob("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") &&
           write_knob("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
  }();
  return done;
}

struct Entry {
  std::string name;
  mode_t type = AE_IFREG;
  std::string content = "";  // of a file
  std::string link = "";     // target of a symbolic link
  std::string hardlink = "";
  dev_t device = 0;
};

class Template : public testing::Test {
 protected:
  void SetUp() override {
    if (!become_root()) GTEST_SKIP() << "no user namespaces here";
    char name[] = "/tmp/vz-template-XXXXXX";
    directory_ = mkdtemp(name);
    for (const char* sub : {"/target", "/outside"}) ASSERT_EQ(mkdir((directory_ + sub).c_str(), 0755), 0);
    ASSERT_TRUE(write_file_atomically(directory_ + "/outside/secret", "secret"));
  }
  void TearDown() override {
    if (directory_.empty()) return;
    EXPECT_TRUE(remove_tree(directory_));
  }

  std::string path() const { return directory_ + "/a.tar"; }
  std::string target(const std::string& name) const { return directory_ + "/target/" + name; }

  void pack(const std::vector<Entry>& entries) {
    archive* writer = archive_write_new();
    archive_write_set_format_pax(writer);
    ASSERT_EQ(archive_write_open_filename(writer, path().c_str()), ARCHIVE_OK);
    for (const auto& item : entries) add(writer, item);
    archive_write_close(writer);
    archive_write_free(writer);
  }

  static void add(archive* writer, const Entry& item) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, item.name.c_str());
    archive_entry_set_mode(entry, item.type | 0755);
    archive_entry_set_mtime(entry, 1000000000, 0);
    if (!item.link.empty()) archive_entry_set_symlink(entry, item.link.c_str());
    if (!item.hardlink.empty()) archive_entry_set_hardlink(entry, item.hardlink.c_str());
    if (item.device != 0) archive_entry_set_rdev(entry, item.device);
    archive_entry_set_size(entry, static_cast<la_int64_t>(item.content.size()));
    EXPECT_GE(archive_write_header(writer, entry), ARCHIVE_WARN) << archive_error_string(writer);
    archive_write_data(writer, item.content.data(), item.content.size());
    archive_entry_free(entry);
  }

  Result<void> unpack() { return unpack_template(path(), directory_ + "/target", nullptr); }

  void expect_refused() {
    const auto result = unpack();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ExitCode::new_private) << result.error().text();
    expect_untouched();
  }
  void expect_untouched() {
    EXPECT_EQ(list_directory(directory_ + "/outside").value(), std::vector<std::string>{"secret"});
    EXPECT_EQ(read_file(directory_ + "/outside/secret").value(), "secret");
    struct stat status {};
    ASSERT_EQ(stat((directory_ + "/outside/secret").c_str(), &status), 0);
    EXPECT_EQ(status.st_nlink, 1U);
  }

  std::string directory_;
};

TEST_F(Template, UnpacksTree) {
  pack({{"./", AE_IFDIR},
        {"./etc/", AE_IFDIR},
        {"./etc/a", AE_IFREG, "hello"},
        {"./etc/b", AE_IFREG, "", "", "./etc/a"},
        {"./etc/l", AE_IFLNK, "", "/etc/a"},
        {"./\xc3\xa4 \xff", AE_IFREG, "bytes"}});
  const auto result = unpack();
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(read_file(target("etc/a")).value(), "hello");
  EXPECT_EQ(read_file(target("\xc3\xa4 \xff")).value(), "bytes");
  EXPECT_EQ(read_link(target("etc/l")).value(), "/etc/a");
  struct stat a {};
  struct stat b {};
  ASSERT_EQ(stat(target("etc/a").c_str(), &a), 0);
  ASSERT_EQ(stat(target("etc/b").c_str(), &b), 0);
  EXPECT_EQ(a.st_ino, b.st_ino);
  struct stat directory {};
  ASSERT_EQ(stat(target("etc").c_str(), &directory), 0);
  EXPECT_EQ(directory.st_mtime, 1000000000) << "set after what is in it was made";
}

TEST_F(Template, RefusesNamesThatClimb) {
  pack({{"a/../../outside/x", AE_IFREG, "bad"}});
  expect_refused();
}

TEST_F(Template, RefusesAbsoluteNames) {
  pack({{directory_ + "/outside/x", AE_IFREG, "bad"}});
  expect_refused();
}

TEST_F(Template, RefusesNamesThroughAbsoluteSymbolicLink) {
  pack({{"d", AE_IFLNK, "", directory_ + "/outside"}, {"d/x", AE_IFREG, "bad"}});
  expect_refused();
}

TEST_F(Template, RefusesNamesThroughClimbingSymbolicLink) {
  pack({{"d", AE_IFLNK, "", "../outside"}, {"d/secret", AE_IFREG, "bad"}});
  expect_refused();
}

TEST_F(Template, RefusesDirectoryThroughSymbolicLink) {
  pack({{"d", AE_IFLNK, "", "../outside"}, {"d/e/f", AE_IFREG, "bad"}});
  expect_refused();
}

TEST_F(Template, RefusesHardLinkThatClimbs) {
  pack({{"x", AE_IFREG, "", "", "../outside/secret"}});
  expect_refused();
}

TEST_F(Template, RefusesAbsoluteHardLink) {
  pack({{"x", AE_IFREG, "", "", directory_ + "/outside/secret"}});
  expect_refused();
}

TEST_F(Template, RefusesHardLinkThroughSymbolicLink) {
  pack({{"d", AE_IFLNK, "", "../outside"}, {"x", AE_IFREG, "", "", "d/secret"}});
  expect_refused();
}

TEST_F(Template, ReplacesSymbolicLinkInsteadOfWritingThroughIt) {
  pack({{"f", AE_IFLNK, "", "../outside/secret"}, {"f", AE_IFREG, "mine"}});
  const auto result = unpack();
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(read_file(target("f")).value(), "mine");
  expect_untouched();
}

TEST_F(Template, LinkToSymbolicLinkDoesNotFollowIt) {
  pack({{"f", AE_IFLNK, "", "../outside/secret"}, {"g", AE_IFREG, "", "", "f"}});
  const auto result = unpack();
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(read_link(target("g")).value(), "../outside/secret");
  expect_untouched();
}

TEST_F(Template, LeavesOutDiskDevices) {
  pack({{"etc", AE_IFDIR}, {"sda", AE_IFBLK, "", "", "", 0x800}, {"kmem", AE_IFCHR, "", "", "", 0x102}});
  const auto result = unpack();
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(list_directory(directory_ + "/target").value(), std::vector<std::string>{"etc"});
}

TEST_F(Template, RefusesWhatIsNoArchive) {
  ASSERT_TRUE(write_file_atomically(path(), std::string(5000, 'x')));
  expect_refused();
  ASSERT_TRUE(write_file_atomically(path(), ""));
  expect_refused();
}

TEST_F(Template, RefusesTruncatedArchive) {
  pack({{"f", AE_IFREG, std::string(100000, 'x')}});
  ASSERT_EQ(truncate(path().c_str(), 50000), 0);
  expect_refused();
}

TEST_F(Template, FindsOwnFormatFirst) {
  Paths paths(directory_);
  paths.templates = directory_ + "/template";
  ASSERT_TRUE(make_directories(paths.template_cache()));
  const auto missing = find_template(paths, "debian-12");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ExitCode::ostemplate_not_found);
  ASSERT_TRUE(write_file_atomically(paths.template_cache() + "/debian-12.tar.xz", "x"));
  EXPECT_EQ(find_template(paths, "debian-12").value(), paths.template_cache() + "/debian-12.tar.xz");
  ASSERT_TRUE(write_file_atomically(paths.template_cache() + "/debian-12.tar.zst", "x"));
  EXPECT_EQ(find_template(paths, "debian-12").value(), paths.template_cache() + "/debian-12.tar.zst");
}

TEST(ProgressLine, SaysHowMuchHowFastHowLong) {
  using Seconds = std::chrono::duration<double>;
  EXPECT_EQ(progress_line("debian", 50'000'000, 100'000'000, Seconds(2)),
            "debian: 50% of 100 MB, 25 MB/s, 2 s left");
  EXPECT_EQ(progress_line("debian", 50'000'000, 0, Seconds(2)), "debian: 50 MB, 25 MB/s");
  EXPECT_EQ(progress_line("debian", 0, 100'000'000, Seconds(0.1)), "debian: 0% of 100 MB");
}

}  // namespace
}  // namespace vz
