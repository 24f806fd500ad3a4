#pragma once

#include <linux/bpf.h>

#include <string>
#include <vector>

#include "libvz/core/result.h"
#include "libvz/isolation/device_rule.h"

namespace vz {

// What the devices controller of cgroup v1 is, cgroup v2 leaves to a BPF program of the group
// (BPF_PROG_TYPE_CGROUP_DEVICE): the kernel asks it at every open and mknod of a device node, also for what
// lies in groups below. It works in the unified hierarchy of a hybrid host as well, and is gone with its
// group.

// The program: it lets pass what one of the permissions covers with all that is asked for. Pure, for tests.
std::vector<bpf_insn> device_program(const std::vector<DevicePermission>& permissions);

// Puts it in force for the group, in place of the one that an earlier call has put there; at no moment is
// there neither. Error, nothing changed: the kernel has no such programs or does not let us (ENOSYS, EINVAL,
// EPERM). Exit code set_devices.
Result<void> set_device_program(const std::string& group, const std::vector<DevicePermission>& permissions);

}  // namespace vz
