#include "tools/vztmpl-dl/signature.h"

#include <stdlib.h>

#include <algorithm>
#include <cctype>

#include "libvz/core/file.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/core/undo.h"

namespace vz {

namespace {

constexpr size_t kShortestKey = 16;
constexpr std::chrono::seconds kTimeout{300};

Command gpg(const std::string& home, const std::vector<std::string>& words) {
  Command command;
  command.argv = {"gpg", "--batch", "--no-tty", "--no-autostart", "--no-auto-key-retrieve"};
  if (!home.empty()) command.argv.insert(command.argv.end(), {"--homedir", home});
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  const char* caller_home = getenv("HOME");
  command.environment = {kPathVariable, "LC_ALL=C",
                         std::string("HOME=") + (caller_home == nullptr ? "/root" : caller_home)};
  command.timeout = kTimeout;
  return command;
}

// "0x" and blanks taken off, upper case.
Result<std::string> normal_key(const std::string& key) {
  std::string digits;
  for (const char c : key.starts_with("0x") ? key.substr(2) : key) {
    if (c != ' ') digits += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  const bool hex = digits.find_first_not_of("0123456789ABCDEF") == std::string::npos;
  if (hex && digits.size() >= kShortestKey) return digits;
  return fail(
      ExitCode::system,
      "GPG_KEY is neither a fingerprint (at least 16 hexadecimal digits) nor the path of a key: " + key);
}

// What --status-fd says (doc/DETAILS of GnuPG): GOODSIG, and in VALIDSIG the fingerprint first, the primary
// key's last. any: no matter whose.
bool is_good(const std::string& status, const std::string& key) {
  bool good = false;
  bool ours = false;
  for (const auto& line : split(status, "\n")) {
    const auto words = split(line, " ");
    if (words.size() < 3 || words[0] != "[GNUPG:]") continue;
    if (words[1] == "GOODSIG") good = true;
    if (words[1] == "VALIDSIG") ours = key.empty() || words[2].ends_with(key) || words.back().ends_with(key);
  }
  return good && ours;
}

Result<void> verify_with(const std::string& home, const std::string& key, const std::string& file,
                         const std::string& signature) {
  VZ_ASSIGN(const Finished finished, run(gpg(home, {"--status-fd", "1", "--verify", "--", signature, file})));
  if (finished.ok() && is_good(finished.output, key)) return {};
  const auto lines = split(finished.errors, "\n");
  return fail(ExitCode::system,
              "the signature is not good" + (finished.ok()   ? ": it is by another key than GPG_KEY"
                                             : lines.empty() ? ""
                                                             : ": " + std::string(lines.back())));
}

}  // namespace

Result<void> verify_signature(const std::string& file, const std::string& signature, const std::string& key) {
  if (find_program("gpg") == "gpg") return fail(ExitCode::system, "gpg is not installed");
  if (!key.starts_with('/')) {
    VZ_ASSIGN(const std::string digits, normal_key(key));
    return verify_with("", digits, file, signature);
  }
  char home[] = "/tmp/vztmpl-dl-XXXXXX";
  if (mkdtemp(home) == nullptr) return fail_errno(ExitCode::system, "mkdtemp");
  UndoStack cleanup;
  cleanup.add("remove a keyring", [path = std::string(home)] { return remove_tree(path); });
  VZ_TRY(run_checked(gpg(home, {"--quiet", "--import", "--", key}), ExitCode::system));
  return verify_with(home, "", file, signature);
}

}  // namespace vz
