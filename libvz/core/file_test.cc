#include "libvz/core/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using ::testing::ElementsAre;

class FileTest : public ::testing::Test {
 protected:
  void link(const std::string& target, const std::string& name) const {
    ASSERT_EQ(symlink(target.c_str(), (directory_ / name).c_str()), 0);
  }
  std::vector<std::string> names(const std::string& directory) const {
    return list_directory(directory_ / directory).value_or(std::vector<std::string>{"<unreadable>"});
  }
  mode_t mode(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(lstat((directory_ / name).c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  TestDirectory directory_;
};

TEST_F(FileTest, ReplacesAFileAtomicallyAndLeavesNothingBeside) {
  ASSERT_TRUE(write_file_atomically(directory_ / "file", "old"));
  ASSERT_TRUE(write_file_atomically(directory_ / "file", "new", 0600));
  EXPECT_EQ(directory_.read("file"), "new");
  EXPECT_EQ(mode("file"), 0600U);
  EXPECT_THAT(names(""), ElementsAre("file"));
}

TEST_F(FileTest, KeepsTheOldContentWhenANewOneCannotBeWritten) {
  ASSERT_TRUE(write_file_atomically(directory_ / "file", "old"));
  ASSERT_TRUE(make_directories(directory_ / "file.tmp/not-empty"));
  EXPECT_FALSE(write_file_atomically(directory_ / "file", "new"));
  EXPECT_EQ(directory_.read("file"), "old");
}

TEST_F(FileTest, TakesNoNoticeOfWhatAnInterruptedWriterLeft) {
  directory_.write("file.tmp", "half");
  ASSERT_TRUE(write_file_atomically(directory_ / "file", "whole"));
  EXPECT_EQ(directory_.read("file"), "whole");
  EXPECT_THAT(names(""), ElementsAre("file"));
}

TEST_F(FileTest, WritesThroughASymbolicLinkAndKeepsIt) {
  directory_.write("real/file", "old");
  link("real/file", "link");
  ASSERT_TRUE(write_file_atomically(directory_ / "link", "new"));
  EXPECT_EQ(read_link(directory_ / "link").value_or(""), "real/file");
  EXPECT_EQ(directory_.read("real/file"), "new");
}

TEST_F(FileTest, DoesNotWriteThroughALinkAtTheTemporaryName) {
  directory_.write("victim", "untouched");
  link("victim", "file.tmp");
  ASSERT_TRUE(write_file_atomically(directory_ / "file", "new"));
  EXPECT_EQ(directory_.read("victim"), "untouched");
}

TEST_F(FileTest, WritesAKnobOnlyIfItIsThere) {
  EXPECT_EQ(write_knob(directory_ / "knob", "1").error().errno_value(), ENOENT);
  EXPECT_FALSE(exists(directory_ / "knob"));
  directory_.write("knob", "old value");
  ASSERT_TRUE(write_knob(directory_ / "knob", "new"));
  EXPECT_EQ(directory_.read("knob"), "new value") << "a knob is not truncated";
}

TEST_F(FileTest, MakesMissingParentsAndKeepsTheModeOfWhatIsThere) {
  ASSERT_EQ(mkdir((directory_ / "a").c_str(), 0700), 0);
  ASSERT_TRUE(make_directories(directory_ / "a/b/c", 0755));
  EXPECT_EQ(mode("a"), 0700U);
  ASSERT_TRUE(make_directories(directory_ / "a/b/c"));
  directory_.write("file", "");
  EXPECT_FALSE(make_directories(directory_ / "file/below"));
}

TEST_F(FileTest, ListsADirectorySorted) {
  for (const char* name : {"b", "a", ".hidden"}) directory_.write(name, "");
  EXPECT_THAT(names(""), ElementsAre(".hidden", "a", "b"));
  EXPECT_FALSE(list_directory(directory_ / "missing"));
}

TEST_F(FileTest, RemovesATreeWithoutFollowingLinks) {
  directory_.write("outside/file", "stays");
  directory_.write("tree/sub/file", "goes");
  link("../outside", "tree/directory-link");
  link("../outside/file", "tree/file-link");
  link("/", "tree/sub/root");
  ASSERT_TRUE(remove_tree(directory_ / "tree"));
  EXPECT_THAT(names(""), ElementsAre("outside"));
  EXPECT_EQ(directory_.read("outside/file"), "stays");
}

TEST_F(FileTest, RemovesALinkAndNotWhatItPointsTo) {
  directory_.write("outside/file", "stays");
  link("outside", "link");
  ASSERT_TRUE(remove_tree(directory_ / "link"));
  EXPECT_THAT(names(""), ElementsAre("outside"));
}

TEST_F(FileTest, FindsNothingToRemoveFine) {
  EXPECT_TRUE(remove_tree(directory_ / "missing/at/all"));
}

TEST_F(FileTest, RemovesManyEntriesAndDeepTrees) {
  for (int i = 0; i < 300; ++i) directory_.write("tree/many/" + std::to_string(i), "");
  std::string deep = "tree";
  for (int i = 0; i < 60; ++i) deep += "/d";
  ASSERT_TRUE(make_directories(directory_ / deep));
  ASSERT_TRUE(remove_tree(directory_ / "tree"));
  EXPECT_FALSE(exists(directory_ / "tree"));
}

// root/ is the container's tree, secret lies beside it.
class OpenInRootTest : public FileTest {
 protected:
  OpenInRootTest() {
    directory_.write("secret", "host");
    directory_.write("root/etc/passwd", "container");
    root_ = open_file(directory_ / "root", O_PATH | O_DIRECTORY).value_or(Fd());
  }
  std::string read_inside(const std::string& path) const {
    auto file = open_in_root(root_.get(), path, O_RDONLY);
    return file ? read_all(file->get()).value_or("<unreadable>") : "<refused>";
  }
  Fd root_;
};

TEST_F(OpenInRootTest, OpensAsSeenFromInside) {
  EXPECT_EQ(read_inside("etc/passwd"), "container");
  EXPECT_EQ(read_inside("/etc/passwd"), "container");
}

TEST_F(OpenInRootTest, IsNotLedOutByDots) {
  EXPECT_EQ(read_inside("../secret"), "<refused>");
  EXPECT_EQ(read_inside("etc/../../secret"), "<refused>");
  EXPECT_EQ(read_inside("../../../../../../etc/passwd"), "container");
}

TEST_F(OpenInRootTest, IsNotLedOutByLinks) {
  link("../secret", "root/relative");
  link(directory_ / "secret", "root/absolute");
  link("/", "root/top");
  EXPECT_EQ(read_inside("relative"), "<refused>");
  EXPECT_EQ(read_inside("absolute"), "<refused>");
  EXPECT_EQ(read_inside("top/../../secret"), "<refused>");
  EXPECT_EQ(read_inside("top/etc/passwd"), "container");
}

TEST_F(OpenInRootTest, CreatesOnlyInside) {
  link("../planted", "root/out");
  EXPECT_TRUE(open_in_root(root_.get(), "out", O_WRONLY | O_CREAT, 0644));
  EXPECT_FALSE(exists(directory_ / "planted"));
  EXPECT_TRUE(exists(directory_ / "root/planted"));
}

TEST_F(OpenInRootTest, RefusesMagicLinks) {
  auto proc = open_file("/proc", O_PATH | O_DIRECTORY);
  ASSERT_TRUE(proc);
  const auto out = open_in_root(proc->get(), "self/root/etc", O_RDONLY);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().errno_value(), ELOOP);
}

TEST(RemoveTree, IsNotStoppedByDepth) {
  const TestDirectory files;
  ASSERT_TRUE(make_directories(files / "tree/.removing-0"));
  Fd at(open((files / "tree").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Far more levels than descriptors, and a path far longer than PATH_MAX.
  for (int level = 0; level < 5000; ++level) {
    const std::string name = "d" + std::to_string(level % 7);
    ASSERT_EQ(mkdirat(at.get(), name.c_str(), 0755), 0);
    at = Fd(openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(at);
    if (level % 50 == 0) close(openat(at.get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  }
  at.reset();
  const auto removed = remove_tree(files / "tree");
  EXPECT_TRUE(removed) << removed.error().text();
  EXPECT_FALSE(exists(files / "tree"));
}

}  // namespace
}  // namespace vz
