#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "vzmigrate/agent.h"
#include "vzmigrate/message_stream.h"
#include "vzmigrate/options.h"
#include "vzmigrate/outgoing.h"
#include "vzmigrate/ssh_multiplexer.h"

namespace {

int run(const vz::MigrateOptions& options) {
  auto global = vz::load_global_config(vz::test_prefix());
  if (!global) {
    vz::log_error("Error: " + global.error().text());
    return static_cast<int>(vz::MigrateCode::not_exists);
  }
  vz::catch_interrupts();
  for (const auto& word : options.containers) {
    vz::configure_log({.program = "vzmigrate",
                       .file = global->log_file,
                       .file_level = global->log_level,
                       .verbosity = options.verbosity});
    vz::Outgoing outgoing(options, *global);
    if (auto moved = outgoing.migrate(word); !moved) {
      vz::log_error("Error: " + moved.error().text());
      return static_cast<int>(moved.error().code());
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // How our own other halves call us.
  if (argc == 2 && strcmp(argv[1], "--agent") == 0) return vz::run_agent();
  if (argc > 4 && strcmp(argv[1], "--rsh") == 0) return vz::join_session(argv[2], {argv + 4, argv + argc});
  auto options = vz::parse_migrate_options(argc, argv);
  if (!options) {
    if (!options.error().text().empty()) std::printf("%s\n\n", options.error().text().c_str());
    std::printf("See vzmigrate --help, or the man page vzmigrate(8).\n");
    return static_cast<int>(options.error().code());
  }
  if (options->help) {
    std::printf("%s", vz::migrate_usage().c_str());
    return 0;
  }
  return run(*options);
}
