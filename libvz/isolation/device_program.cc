#include "libvz/isolation/device_program.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "libvz/core/fd.h"

namespace vz {

namespace {

// By which ours is told from others' programs on the group.
constexpr std::string_view kName = "vz_devices";

long bpf(bpf_cmd command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

std::uint64_t address_of(const void* data) {
  return reinterpret_cast<std::uintptr_t>(data);
}

bpf_insn instruction(unsigned code, unsigned destination, unsigned source, int offset, int value) {
  bpf_insn one{};
  one.code = static_cast<__u8>(code);
  one.dst_reg = destination & 0xf;
  one.src_reg = source & 0xf;
  one.off = static_cast<__s16>(offset);
  one.imm = value;
  return one;
}

bpf_insn load_word(unsigned destination, size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, destination, BPF_REG_1, static_cast<int>(offset), 0);
}

bpf_insn set(unsigned destination, int value) {
  return instruction(BPF_ALU | BPF_MOV | BPF_K, destination, 0, 0, value);
}

const bpf_insn kExit = instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);

constexpr unsigned kType = BPF_REG_2;
constexpr unsigned kAccess = BPF_REG_3;
constexpr unsigned kMajor = BPF_REG_4;
constexpr unsigned kMinor = BPF_REG_5;
constexpr unsigned kScratch = BPF_REG_0;

// Goes on behind the block when the permission is not about this.
std::vector<bpf_insn> block(const DevicePermission& permission) {
  const int granted = (permission.mknod ? BPF_DEVCG_ACC_MKNOD : 0) |
                      (permission.read ? BPF_DEVCG_ACC_READ : 0) |
                      (permission.write ? BPF_DEVCG_ACC_WRITE : 0);
  const unsigned unequal = BPF_JMP | BPF_JNE | BPF_K;
  std::vector<bpf_insn> code;
  code.push_back(
      instruction(unequal, kType, 0, 0, permission.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
  if (permission.major)
    code.push_back(instruction(unequal, kMajor, 0, 0, static_cast<int>(*permission.major)));
  if (permission.minor)
    code.push_back(instruction(unequal, kMinor, 0, 0, static_cast<int>(*permission.minor)));
  code.push_back(instruction(BPF_ALU | BPF_MOV | BPF_X, kScratch, kAccess, 0, 0));
  code.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, kScratch, 0, 0, ~granted));
  code.push_back(instruction(unequal, kScratch, 0, 0, 0));
  code.push_back(set(BPF_REG_0, 1));
  code.push_back(kExit);
  for (size_t at = 0; at < code.size(); ++at) {
    if (code[at].code == unequal) code[at].off = static_cast<__s16>(code.size() - at - 1);
  }
  return code;
}

std::unexpected<Error> bpf_error(const std::string& doing) {
  return fail_errno(ExitCode::set_devices, "device program: " + doing);
}

Result<Fd> load(const std::vector<DevicePermission>& permissions) {
  const auto code = device_program(permissions);
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = address_of(code.data());
  attributes.insn_cnt = static_cast<__u32>(code.size());
  attributes.license = address_of("GPL");
  std::memcpy(attributes.prog_name, kName.data(), kName.size());
  Fd program(static_cast<int>(bpf(BPF_PROG_LOAD, attributes)));
  if (!program) return bpf_error("load");
  return program;
}

bool is_ours(int program) {
  bpf_prog_info info{};
  bpf_attr attributes{};
  attributes.info.bpf_fd = static_cast<__u32>(program);
  attributes.info.info_len = sizeof info;
  attributes.info.info = address_of(&info);
  return bpf(BPF_OBJ_GET_INFO_BY_FD, attributes) == 0 && info.name == kName;
}

// Ours that are attached to the group itself.
Result<std::vector<Fd>> attached(int group) {
  std::array<__u32, 64> ids{};  // as many as a group can have
  bpf_attr query{};
  query.query.target_fd = static_cast<__u32>(group);
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = address_of(ids.data());
  query.query.prog_cnt = ids.size();
  if (bpf(BPF_PROG_QUERY, query) < 0) return bpf_error("query");
  std::vector<Fd> programs;
  for (__u32 i = 0; i < query.query.prog_cnt; ++i) {
    bpf_attr attributes{};
    attributes.prog_id = ids[i];
    Fd program(static_cast<int>(bpf(BPF_PROG_GET_FD_BY_ID, attributes)));
    if (program && is_ours(program.get())) programs.push_back(std::move(program));
  }
  return programs;
}

}  // namespace

std::vector<bpf_insn> device_program(const std::vector<DevicePermission>& permissions) {
  std::vector<bpf_insn> code = {
      load_word(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
      instruction(BPF_ALU | BPF_MOV | BPF_X, kAccess, kType, 0, 0),
      instruction(BPF_ALU | BPF_AND | BPF_K, kType, 0, 0, 0xffff),
      instruction(BPF_ALU | BPF_RSH | BPF_K, kAccess, 0, 0, 16),
      load_word(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
      load_word(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)),
  };
  for (const auto& permission : permissions) {
    const auto one = block(permission);
    code.insert(code.end(), one.begin(), one.end());
  }
  code.push_back(set(BPF_REG_0, 0));
  code.push_back(kExit);
  return code;
}

Result<void> set_device_program(const std::string& group, const std::vector<DevicePermission>& permissions) {
  VZ_ASSIGN(const Fd directory, open_file(group, O_RDONLY | O_DIRECTORY));
  VZ_ASSIGN(const Fd program, load(permissions));
  VZ_ASSIGN(const auto before, attached(directory.get()));
  bpf_attr attributes{};
  attributes.target_fd = static_cast<__u32>(directory.get());
  attributes.attach_bpf_fd = static_cast<__u32>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (!before.empty()) {
    attributes.attach_flags |= BPF_F_REPLACE;
    attributes.replace_bpf_fd = static_cast<__u32>(before.front().get());
  }
  if (bpf(BPF_PROG_ATTACH, attributes) < 0) return bpf_error("attach");
  return {};
}

}  // namespace vz
