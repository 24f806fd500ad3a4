// The same for every program of this folder; which one it is, the build says.

#include "libvz/core/standard_streams.h"
#include "tools/tools.h"

int main(int argc, char** argv) {
  vz::open_missing_standard_streams();
  return vz::run_tool(vz::VZ_TOOL(), {argv, argv + argc});
}
