#include "libvz/core/result.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include "libvz/core/fd.h"

namespace vz {

namespace {

constexpr std::string_view kErrorMagic = "VZERR1";
constexpr std::string_view kSuccess = "VZOK1";

void append_field(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

bool take_field(std::string_view& in, std::string& field) {
  size_t length = 0;
  auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), length);
  if (error != std::errc() || end == in.data() + in.size() || *end != ':') return false;
  in.remove_prefix(static_cast<size_t>(end - in.data()) + 1);
  if (length > in.size()) return false;
  field.assign(in.substr(0, length));
  in.remove_prefix(length);
  return true;
}

bool take_int(std::string_view& in, int& value) {
  std::string field;
  if (!take_field(in, field)) return false;
  auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && end == field.data() + field.size();
}

}  // namespace

std::vector<std::string> Error::chain() const {
  return {chain_.rbegin(), chain_.rend()};
}

Error&& Error::context(std::string doing) && {
  chain_.push_back(std::move(doing));
  return std::move(*this);
}

Error&& Error::with_code(ExitCode code) && {
  code_ = code;
  return std::move(*this);
}

std::string Error::text() const {
  std::string text;
  for (auto it = chain_.rbegin(); it != chain_.rend(); ++it) {
    if (!text.empty()) text += ": ";
    text += *it;
  }
  if (errno_ != 0) {
    text += ": ";
    text += strerror(errno_);
  }
  return text;
}

std::string Error::serialize() const {
  std::string out(kErrorMagic);
  append_field(out, std::to_string(static_cast<int>(code_)));
  append_field(out, std::to_string(errno_));
  append_field(out, std::to_string(chain_.size()));
  for (const auto& link : chain_) append_field(out, link);
  return out;
}

Error Error::deserialize(std::string_view bytes) {
  const auto malformed = [] {
    return Error(ExitCode::system, "a child process reported something unreadable");
  };
  if (!bytes.starts_with(kErrorMagic)) return malformed();
  bytes.remove_prefix(kErrorMagic.size());
  int code = 0;
  int errno_value = 0;
  int count = 0;
  if (!take_int(bytes, code) || !take_int(bytes, errno_value) || !take_int(bytes, count)) return malformed();
  if (count < 1 || count > 1000) return malformed();
  Error error(static_cast<ExitCode>(code), "", errno_value);
  error.chain_.clear();
  for (int i = 0; i < count; ++i) {
    std::string link;
    if (!take_field(bytes, link)) return malformed();
    error.chain_.push_back(std::move(link));
  }
  if (!bytes.empty()) return malformed();
  return error;
}

std::unexpected<Error> fail_errno(ExitCode code, std::string reason) {
  return fail_errno(code, std::move(reason), errno);
}

std::unexpected<Error> fail_errno(ExitCode code, std::string reason, int errno_value) {
  return std::unexpected(Error(code, std::move(reason), errno_value));
}

std::unexpected<Error> fail(ExitCode code, std::string reason) {
  return std::unexpected(Error(code, std::move(reason)));
}

Result<void> send_result(int fd, const Result<void>& result) {
  return write_all(fd, result ? std::string(kSuccess) : result.error().serialize());
}

Result<void> receive_result(int fd, std::string_view who) {
  VZ_ASSIGN(const std::string bytes, read_all(fd));
  if (bytes == kSuccess) return {};
  if (bytes.empty()) return fail(ExitCode::system, std::string(who) + " ended without reporting a result");
  return std::unexpected(Error::deserialize(bytes));
}

}  // namespace vz
