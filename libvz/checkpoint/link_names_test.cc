#include "libvz/checkpoint/link_names.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "libvz/checkpoint/criu_images.pb.h"
#include "libvz/core/file.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <class Message>
std::string entry(const Message& message) {
  const std::string bytes = message.SerializeAsString();
  const auto size = static_cast<std::uint32_t>(bytes.size());
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + bytes;
}

std::string remap(std::uint32_t helper, std::uint32_t type) {
  criu_images::Remap message;
  message.set_orig_id(1);
  message.set_remap_id(helper);
  message.set_remap_type(type);
  return entry(message);
}

std::string file(std::uint32_t id, const std::string& name) {
  criu_images::File message;
  message.set_id(id);
  message.mutable_reg()->set_id(id);
  message.mutable_reg()->set_name(name);
  return entry(message);
}

class LinkNames : public testing::Test {
 protected:
  void images(const std::string& remaps, const std::string& files) {
    directory_.write("remap-fpath.img", "magic---" + remaps);
    directory_.write("files.img", "magic---" + files);
  }

  TestDirectory directory_;
};

TEST_F(LinkNames, AreTheFilesThatLinkedRemapsNameByTheirId) {
  images(remap(5, 0) + remap(6, 1),
         file(4, "etc/x") + file(5, "root/link_remap.5") + file(6, "a/link_remap.6"));
  EXPECT_THAT(*link_names_in(directory_.path()), ElementsAre("root/link_remap.5"));
}

TEST_F(LinkNames, OtherNamesAreNotTouchedWhateverTheImagesSay) {
  images(remap(5, 0), file(5, "etc/passwd"));
  EXPECT_THAT(*link_names_in(directory_.path()), IsEmpty());
}

TEST_F(LinkNames, WithoutRemapsThereAreNone) {
  EXPECT_THAT(*link_names_in(directory_.path()), IsEmpty());
}

TEST_F(LinkNames, AnImageThatIsCutOffIsAnError) {
  const std::string whole = remap(5, 0);
  images(whole.substr(0, whole.size() - 1), "");
  EXPECT_FALSE(link_names_in(directory_.path()));
  images(whole, "ab");
  EXPECT_FALSE(link_names_in(directory_.path()));
}

TEST_F(LinkNames, AreHeldGivenBackAndRemoved) {
  images(remap(5, 0), file(5, "root/link_remap.5"));
  const std::string helper = "tree/root/link_remap.5";
  directory_.write(helper, "content");
  const auto held = hold_link_names(directory_.path(), directory_ / "tree");
  ASSERT_THAT(*held, ElementsAre("root/link_remap.5"));
  const std::string list = directory_ / "list";
  ASSERT_TRUE(note_link_names(list, *held));
  // The engine takes it away.
  ASSERT_TRUE(remove_tree(directory_ / helper));
  ASSERT_TRUE(give_back_link_names(directory_ / "tree", *held));
  EXPECT_EQ(directory_.read(helper), "content");
  ASSERT_TRUE(remove_noted_link_names(list, directory_ / "tree"));
  EXPECT_THAT(*list_directory(directory_ / "tree/root"), IsEmpty());
  EXPECT_FALSE(exists(list));
}

TEST_F(LinkNames, DoNotLeadOutOfTheContainersRoot) {
  images(remap(5, 0), file(5, "../link_remap.5") + file(5, "out/link_remap.5"));
  directory_.write("link_remap.5", "outside");
  directory_.write("tree/x", "");
  ASSERT_EQ(symlink("..", (directory_ / "tree/out").c_str()), 0);
  EXPECT_THAT(*hold_link_names(directory_.path(), directory_ / "tree"), IsEmpty());
  EXPECT_FALSE(exists(directory_ / "link_remap.5.held"));
}

}  // namespace
}  // namespace vz
