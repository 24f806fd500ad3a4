#include "libvz/config/save.h"

#include <cerrno>

#include "libvz/config/config_file.h"
#include "libvz/config/parameter_table.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"

namespace vz {

Result<void> save_parameters(const std::string& path, const Parameters& changes) {
  if (is_empty(changes)) {
    log_info("No changes in CT configuration, not saving");
    return {};
  }
  auto old = read_file(path);
  if (!old && old.error().errno_value() != ENOENT) {
    return std::unexpected(std::move(old).error().with_code(ExitCode::config_save));
  }
  ConfigEditor editor(old ? *old : std::string());
  for (const auto& row : parameter_table()) {
    if (const auto value = row.print(changes)) VZ_TRY(editor.set(row.key, *value, row.alias));
  }
  if (auto written = write_config_file(path, editor.text()); !written) {
    return std::unexpected(
        std::move(written).error().context("Unable to save configuration").with_code(ExitCode::config_save));
  }
  log_info("CT configuration saved to " + path);
  return {};
}

}  // namespace vz
