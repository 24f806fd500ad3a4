#pragma once

namespace vz {

// The action scripts of one container, CTID.KIND, that move with it; the destination takes no others.
// Source: vzmigrate of vzctl 4.x.
inline constexpr const char* kScriptKinds[] = {"premount", "mount", "start", "stop", "umount", "postumount"};

}  // namespace vz
