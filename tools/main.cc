// The same for every program of this folder; which one it is, the build says.

#include "tools/tools.h"

int main(int argc, char** argv) {
  return vz::run_tool(vz::VZ_TOOL(), {argv, argv + argc});
}
