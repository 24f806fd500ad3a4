#include "libvz/checkpoint/link_names.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <set>
#include <string_view>

#include "libvz/checkpoint/criu_images.pb.h"
#include "libvz/checkpoint/image.h"
#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::string_view kHelper = "link_remap.";
constexpr const char* kHeld = ".held";
constexpr std::uint32_t kLinked = 0;

struct Place {
  Fd directory;
  std::string name;
};

// Within the container's root, whatever links there are on the way.
Result<Place> place_of(const Fd& root, const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash);
  VZ_ASSIGN(Fd fd, open_in_root(root.get(), directory, O_PATH | O_DIRECTORY));
  return Place{std::move(fd), slash == std::string::npos ? path : path.substr(slash + 1)};
}

}  // namespace

Result<std::vector<std::string>> link_names_in(const std::string& images) {
  std::set<std::uint32_t> helpers;
  VZ_TRY(read_image(images + "/remap-fpath.img", [&](std::string_view bytes) {
    criu_images::Remap remap;
    if (!remap.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    if (remap.remap_type() == kLinked) helpers.insert(remap.remap_id());
    return true;
  }));
  std::vector<std::string> names;
  if (helpers.empty()) return names;
  VZ_TRY(read_image(images + "/files.img", [&](std::string_view bytes) {
    criu_images::File file;
    if (!file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    if (file.has_reg() && helpers.contains(file.reg().id())) names.push_back(file.reg().name());
    return true;
  }));
  std::erase_if(names, [](const std::string& name) {
    return !std::string_view(name).substr(name.rfind('/') + 1).starts_with(kHelper);
  });
  return names;
}

Result<std::vector<std::string>> hold_link_names(const std::string& images, const std::string& root) {
  VZ_ASSIGN(const auto names, link_names_in(images));
  std::vector<std::string> held;
  if (names.empty()) return held;
  VZ_ASSIGN(const Fd root_fd, open_file(root, O_PATH | O_DIRECTORY));
  for (const auto& name : names) {
    // What lies on another mount of the container, a tmpfs, is in the dump itself.
    const auto place = place_of(root_fd, name);
    if (!place) continue;
    const std::string second = place->name + kHeld;
    (void)unlinkat(place->directory.get(), second.c_str(), 0);
    if (linkat(place->directory.get(), place->name.c_str(), place->directory.get(), second.c_str(), 0) < 0) {
      if (errno == ENOENT) continue;
      return fail_errno(ExitCode::checkpoint, "link " + root + "/" + name);
    }
    held.push_back(name);
  }
  return held;
}

Result<void> give_back_link_names(const std::string& root, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  VZ_ASSIGN(const Fd root_fd, open_file(root, O_PATH | O_DIRECTORY));
  for (const auto& name : names) {
    VZ_ASSIGN(const Place place, place_of(root_fd, name));
    const int directory = place.directory.get();
    if (renameat(directory, (place.name + kHeld).c_str(), directory, place.name.c_str()) < 0)
      return fail_errno(ExitCode::checkpoint, "rename " + root + "/" + name + kHeld);
  }
  return {};
}

Result<void> note_link_names(const std::string& file, const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += name + '\0';
  VZ_ASSIGN(const Fd fd, open_file(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
  return write_all(fd.get(), text);
}

Result<void> remove_noted_link_names(const std::string& file, const std::string& root) {
  const auto text = read_file(file);
  if (!text) return {};
  VZ_TRY(remove_link_names(root, split(*text, std::string_view("\0", 1))));
  if (unlink(file.c_str()) < 0) return fail_errno(ExitCode::system, "unlink " + file);
  return {};
}

Result<void> remove_link_names(const std::string& root, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  VZ_ASSIGN(const Fd root_fd, open_file(root, O_PATH | O_DIRECTORY));
  for (const auto& name : names) {
    const auto place = place_of(root_fd, name);
    if (!place) continue;
    for (const auto& each : {place->name, place->name + kHeld}) {
      if (unlinkat(place->directory.get(), each.c_str(), 0) < 0 && errno != ENOENT)
        return fail_errno(ExitCode::checkpoint, "unlink " + root + "/" + name);
    }
  }
  return {};
}

}  // namespace vz
