#include "vzmigrate/dump_transfer.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using testing::ElementsAre;

protocol::FileBegin file(const std::string& name, std::uint64_t size) {
  protocol::FileBegin begin;
  begin.set_name(name);
  begin.set_size(size);
  return begin;
}

protocol::FileData data(const std::string& bytes) {
  protocol::FileData piece;
  piece.set_data(bytes);
  return piece;
}

class DumpTransfer : public testing::Test {
 protected:
  DumpReceiver receiver() const {
    auto made = DumpReceiver::create(to());
    EXPECT_TRUE(made) << made.error().text();
    return *std::move(made);
  }
  std::string to() const { return files_ / "vz/dump/tmp-dump.101"; }
  TestDirectory files_;
};

int code_of(const Result<void>& result) {
  return result ? 0 : static_cast<int>(result.error().code());
}
constexpr int kCopyFailed = static_cast<int>(MigrateCode::copy_failed);

TEST_F(DumpTransfer, CarriesEveryFile) {
  const std::string large((size_t{2} << 20) + 17, '\xa5');
  files_.write("from/inventory.img", "inventory");
  files_.write("from/pages-1.img", large);
  files_.write("from/empty.img", "");
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  std::thread sender([&] {
    MessageStream stream(-1, pipe->write.get());
    const auto sent = send_dump(stream, files_ / "from", true);
    EXPECT_TRUE(sent);
    EXPECT_EQ(sent.value_or(0), large.size() + 9);
  });
  MessageStream stream(pipe->read.get(), -1);
  DumpReceiver incoming = receiver();
  bool keep = false;
  for (bool more = true; more;) {
    const auto message = stream.receive();
    if (!message) break;
    if (message->has_file_begin()) {
      EXPECT_TRUE(incoming.begin(message->file_begin()));
    }
    if (message->has_file_data()) {
      EXPECT_TRUE(incoming.data(message->file_data()));
    }
    if (message->has_dump_end()) {
      keep = message->dump_end().keep();
      more = false;
    }
  }
  sender.join();
  EXPECT_TRUE(incoming.end());
  EXPECT_TRUE(keep);
  EXPECT_THAT(*list_directory(to()), ElementsAre("empty.img", "inventory.img", "pages-1.img"));
  EXPECT_EQ(files_.read("vz/dump/tmp-dump.101/inventory.img"), "inventory");
  EXPECT_TRUE(files_.read("vz/dump/tmp-dump.101/pages-1.img") == large);
}

TEST_F(DumpTransfer, BelongsToTheOwnerAlone) {
  DumpReceiver incoming = receiver();
  ASSERT_TRUE(incoming.begin(file("pages-1.img", 0)));
  struct stat status {};
  ASSERT_EQ(stat(to().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  ASSERT_EQ(stat((to() + "/pages-1.img").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(DumpTransfer, BeginsAnew) {
  files_.write("vz/dump/tmp-dump.101/old.img", "old");
  (void)receiver();
  EXPECT_THAT(*list_directory(to()), ElementsAre());
  // A link in its place is replaced and not followed.
  files_.write("elsewhere/precious", "x");
  ASSERT_EQ(rmdir(to().c_str()), 0);
  ASSERT_EQ(symlink((files_ / "elsewhere").c_str(), to().c_str()), 0);
  DumpReceiver incoming = receiver();
  ASSERT_TRUE(incoming.begin(file("a.img", 0)));
  EXPECT_THAT(*list_directory(files_ / "elsewhere"), ElementsAre("precious"));
}

TEST_F(DumpTransfer, NamesAreSinglePathComponents) {
  DumpReceiver incoming = receiver();
  for (const std::string& name :
       {std::string("."), std::string(".."), std::string("a/b"), std::string("/etc/passwd"),
        std::string("../x"), std::string(), std::string(256, 'a'), std::string("a\0b", 3)}) {
    EXPECT_EQ(code_of(incoming.begin(file(name, 1))), kCopyFailed) << name;
  }
  EXPECT_THAT(*list_directory(to()), ElementsAre());
  EXPECT_THAT(*list_directory(files_ / "vz/dump"), ElementsAre("tmp-dump.101"));
}

TEST_F(DumpTransfer, NothingThatIsThereIsWrittenTo) {
  files_.write("precious", "x");
  DumpReceiver incoming = receiver();
  ASSERT_EQ(symlink((files_ / "precious").c_str(), (to() + "/a.img").c_str()), 0);
  EXPECT_EQ(code_of(incoming.begin(file("a.img", 0))), kCopyFailed);
  EXPECT_EQ(files_.read("precious"), "x");
  ASSERT_TRUE(incoming.begin(file("b.img", 0)));
  EXPECT_EQ(code_of(incoming.begin(file("b.img", 0))), kCopyFailed) << "twice";
}

TEST_F(DumpTransfer, SizesAreHeldTo) {
  DumpReceiver incoming = receiver();
  EXPECT_EQ(code_of(incoming.data(data("x"))), kCopyFailed) << "data of no file";
  ASSERT_TRUE(incoming.begin(file("more.img", 3)));
  ASSERT_TRUE(incoming.data(data("ab")));
  EXPECT_EQ(code_of(incoming.data(data("cd"))), kCopyFailed) << "more than announced";
  EXPECT_EQ(files_.read("vz/dump/tmp-dump.101/more.img"), "ab");
  EXPECT_EQ(code_of(incoming.begin(file("next.img", 1))), kCopyFailed) << "the last one is cut off";
  EXPECT_EQ(code_of(incoming.end()), kCopyFailed);
  ASSERT_TRUE(incoming.data(data("c")));
  EXPECT_TRUE(incoming.end());
  EXPECT_EQ(code_of(incoming.data(data("d"))), kCopyFailed) << "after the end";
}

TEST_F(DumpTransfer, ALinkInADumpIsNotSent) {
  files_.write("secret", "x");
  ASSERT_TRUE(make_directories(files_ / "from"));
  ASSERT_EQ(symlink((files_ / "secret").c_str(), (files_ / "from/a.img").c_str()), 0);
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  MessageStream stream(-1, pipe->write.get());
  EXPECT_FALSE(send_dump(stream, files_ / "from", false));
}

}  // namespace
}  // namespace vz
