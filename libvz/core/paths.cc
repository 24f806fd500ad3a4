#include "libvz/core/paths.h"

#include <stdlib.h>

namespace vz {

Paths::Paths(const std::string& prefix)
    : config(prefix + "/etc/vz"),
      dump(prefix + "/vz/dump"),
      templates(prefix + "/vz/template"),
      run(prefix + "/run/vz"),
      state(prefix + "/var/lib/vzctl"),
      lxcfs(prefix + "/var/lib/lxcfs"),
      programs(prefix + VZ_SBINDIR) {}

std::string Paths::container_config(Ctid ctid) const {
  return container_configs() + "/" + std::to_string(ctid) + ".conf";
}

std::string Paths::sample_config(const std::string& name) const {
  return container_configs() + "/ve-" + name + ".conf-sample";
}

std::string Paths::lock_file(Ctid ctid) const {
  return lock + "/" + std::to_string(ctid) + ".lck";
}

std::string Paths::default_dump(Ctid ctid) const {
  return dump + "/Dump." + std::to_string(ctid);
}

std::string Paths::run_of(Ctid ctid) const {
  return run + "/" + std::to_string(ctid);
}

std::string test_prefix() {
  const char* prefix = secure_getenv("VZ_PREFIX");
  return prefix == nullptr ? std::string() : prefix;
}

std::string expand_veid(const std::string& path, Ctid ctid) {
  std::string out = path;
  const std::string id = std::to_string(ctid);
  const auto plain = out.find("$VEID");
  const auto braced = out.find("${VEID}");
  if (braced != std::string::npos && (plain == std::string::npos || braced < plain)) {
    out.replace(braced, 7, id);
  } else if (plain != std::string::npos) {
    out.replace(plain, 5, id);
  }
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

}  // namespace vz
