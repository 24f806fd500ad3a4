#include "tools/tools.h"

namespace vz {

std::vector<Tool> all_tools() {
  return {arpsend_tool(), ndsend_tool(), vzcfgvalidate_tool(), vzcpucheck_tool(), vzfsync_tool(),
          vznnc_tool(),   vzpid_tool(),  vzps_tool(),          vzsplit_tool(),    vztop_tool()};
}

}  // namespace vz
