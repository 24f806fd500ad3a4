#include "tools/tools.h"

namespace vz {

std::vector<Tool> all_tools() {
  return {arpsend_tool(),    ndsend_tool(),    vzcalc_tool(),      vzcfgvalidate_tool(), vzcptcheck_tool(),
          vzcpucheck_tool(), vzfsync_tool(),   vzifup_post_tool(), vzmemcheck_tool(),    vznetaddbr_tool(),
          vznetcfg_tool(),   vznetstat_tool(), vznnc_tool(),       vzoversell_tool(),    vzpid_tool(),
          vzps_tool(),       vzsplit_tool(),   vztmpl_dl_tool(),   vztop_tool(),         vzubc_tool()};
}

}  // namespace vz
