#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "libvz/core/result.h"

namespace vz {

// A file that says which engine works on which images, so that whoever finds it after its caller was killed
// can end what is left.

enum class EngineWork : std::uint8_t { dump, restore };

// pid: of the engine, which leads a process group.
Result<void> record_engine(const std::string& file, EngineWork work, pid_t pid, const std::string& images);

// Ends the engine and its helpers, unmounts what it has mounted in the images' directory and removes the
// file. A restore is killed; a dump is cancelled and its end waited for. No file: fine.
Result<void> end_recorded_engine(const std::string& file);

// A dump that is killed leaves processes in the middle of what they were made to do. So its next write to a
// file is made to fail: it gives up, and puts every process back.
void cancel_dump(pid_t engine);

}  // namespace vz
