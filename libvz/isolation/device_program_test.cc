#include "libvz/isolation/device_program.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <map>

namespace vz {
namespace {

constexpr unsigned kRead = BPF_DEVCG_ACC_READ;
constexpr unsigned kWrite = BPF_DEVCG_ACC_WRITE;
constexpr unsigned kMknod = BPF_DEVCG_ACC_MKNOD;

// What the kernel would do with the few instructions that the program is made of.
bool lets_pass(const std::vector<bpf_insn>& code, char type, unsigned major, unsigned minor,
               unsigned access) {
  const bpf_cgroup_dev_ctx context{
      .access_type = access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
      .major = major,
      .minor = minor};
  std::array<__u32, 11> registers{};
  for (size_t at = 0; at < code.size(); ++at) {
    const bpf_insn& one = code[at];
    __u32& target = registers.at(one.dst_reg);
    const auto value = static_cast<__u32>(one.imm);
    switch (one.code) {
      case BPF_LDX | BPF_MEM | BPF_W:
        std::memcpy(&target, reinterpret_cast<const char*>(&context) + one.off, sizeof target);
        break;
      case BPF_ALU | BPF_MOV | BPF_X:
        target = registers.at(one.src_reg);
        break;
      case BPF_ALU | BPF_MOV | BPF_K:
        target = value;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        target &= value;
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        target >>= value;
        break;
      case BPF_JMP | BPF_JNE | BPF_K:
        if (target != value) at += static_cast<size_t>(one.off);
        break;
      case BPF_JMP | BPF_EXIT:
        return registers[0] == 1;
      default:
        ADD_FAILURE() << "an instruction of unknown code " << int{one.code};
        return false;
    }
  }
  ADD_FAILURE() << "the program has no end";
  return false;
}

TEST(DeviceProgram, LetsNothingPassThatIsNotAllowed) {
  EXPECT_FALSE(lets_pass(device_program({}), 'c', 1, 3, kRead));
  const auto code = device_program({{.type = 'c', .major = 1, .minor = 3, .read = true, .write = true}});
  EXPECT_TRUE(lets_pass(code, 'c', 1, 3, kRead | kWrite));
  EXPECT_FALSE(lets_pass(code, 'b', 1, 3, kRead));
  EXPECT_FALSE(lets_pass(code, 'c', 2, 3, kRead));
  EXPECT_FALSE(lets_pass(code, 'c', 1, 4, kRead));
}

TEST(DeviceProgram, WantsEveryKindOfAccessInOnePermission) {
  const auto code = device_program({{.type = 'b', .major = 8, .minor = 1, .read = true},
                                    {.type = 'b', .major = 8, .minor = 1, .mknod = true}});
  EXPECT_TRUE(lets_pass(code, 'b', 8, 1, kRead));
  EXPECT_TRUE(lets_pass(code, 'b', 8, 1, kMknod));
  EXPECT_FALSE(lets_pass(code, 'b', 8, 1, kWrite));
  EXPECT_FALSE(lets_pass(code, 'b', 8, 1, kRead | kMknod));
}

TEST(DeviceProgram, TakesAMissingNumberForAll) {
  const auto code = device_program({{.type = 'c', .major = 136, .minor = {}, .read = true},
                                    {.type = 'b', .major = {}, .minor = {}, .mknod = true}});
  EXPECT_TRUE(lets_pass(code, 'c', 136, 77, kRead));
  EXPECT_FALSE(lets_pass(code, 'c', 137, 77, kRead));
  EXPECT_TRUE(lets_pass(code, 'b', 259, 5, kMknod));
  EXPECT_FALSE(lets_pass(code, 'b', 259, 5, kRead));
}

TEST(DeviceProgram, TakesTheFirstThatFits) {
  const auto code = device_program({{.type = 'c', .major = 1, .minor = 3, .read = true},
                                    {.type = 'c', .major = 10, .minor = 229, .read = true, .write = true}});
  EXPECT_TRUE(lets_pass(code, 'c', 1, 3, kRead));
  EXPECT_TRUE(lets_pass(code, 'c', 10, 229, kRead | kWrite));
}

}  // namespace
}  // namespace vz
