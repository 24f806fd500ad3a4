#pragma once

#include <string>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"
#include "vzmigrate/message_stream.h"

namespace vz {

// Sends every file of a dump directory and the end mark. Returns the bytes sent; the other side's answer is
// still to come.
Result<std::uint64_t> send_dump(MessageStream& stream, const std::string& directory, bool keep);

// Takes a dump's files as they come. Names and sizes are the other side's and not trusted.
class DumpReceiver {
 public:
  // Makes the directory, 0700, anew.
  static Result<DumpReceiver> create(const std::string& directory);
  Result<void> begin(const protocol::FileBegin& file);
  Result<void> data(const protocol::FileData& data);
  // An incomplete last file is an error.
  Result<void> end();

 private:
  Fd directory_;
  Fd file_;
  std::string name_;
  std::uint64_t expected_ = 0;
};

}  // namespace vz
