#pragma once

#include <vector>

#include "tools/tool.h"

namespace vz {

// Each is defined in the file, or in the folder, of its name.
Tool arpsend_tool();
Tool ndsend_tool();
Tool vzcalc_tool();
Tool vzcfgvalidate_tool();
Tool vzcptcheck_tool();
Tool vzcpucheck_tool();
Tool vzfsync_tool();
Tool vzifup_post_tool();
Tool vzmemcheck_tool();
Tool vznetaddbr_tool();
Tool vznetcfg_tool();
Tool vznetstat_tool();
Tool vznnc_tool();
Tool vzoversell_tool();
Tool vzpid_tool();
Tool vzps_tool();
Tool vzsplit_tool();
Tool vztmpl_dl_tool();
Tool vztop_tool();
Tool vzubc_tool();

// All of them, for tests of the whole.
std::vector<Tool> all_tools();

}  // namespace vz
