#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "vzlist/containers.h"
#include "vzlist/options.h"
#include "vzlist/output.h"

namespace {

int refuse(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return 1;
}

int list(const vz::ListOptions& options) {
  const std::string prefix = vz::test_prefix();
  if (prefix.empty() && geteuid() != 0) return refuse("This program can only be run under root.");
  auto global = vz::load_global_config(prefix);
  if (!global) return refuse(global.error().text());
  vz::configure_log({.program = "vzlist", .file = {}, .verbosity = -1});
  auto listing = vz::collect(*global, options, vz::needs_of(options));
  if (!listing) return refuse(listing.error().text());
  if (!listing->any_found) {
    if (options.json) {
      std::puts("[]");
    } else {
      std::fprintf(stderr, "Container(s) not found\n");
    }
    return options.containers.empty() ? 0 : 1;
  }
  vz::sort_containers(listing->containers, options);
  if (auto printed = vz::print_containers(listing->containers, options, stdout); !printed)
    return refuse(printed.error().text());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = vz::parse_list_options(argc, argv);
  if (!options) return refuse(options.error().text());
  if (options->help) {
    std::fputs(vz::list_usage().c_str(), stdout);
    return 1;
  }
  if (options->list_fields) {
    std::fputs(vz::fields_output().c_str(), stdout);
    return 0;
  }
  return list(*options);
}
