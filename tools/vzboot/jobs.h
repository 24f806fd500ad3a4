#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// One call of a program in a job.
struct Step {
  std::vector<std::string> argv;
  bool counts = true;  // its success is the job's; otherwise the job goes on, whatever becomes of it
};

// Steps are done one after the other until one that counts succeeds.
struct Job {
  unsigned id = 0;  // the container
  std::vector<Step> steps;
};

struct JobEnd {
  unsigned id = 0;
  std::vector<std::string> last;  // the call that ended it
  int exit_code = 0;              // of that call; 128 + signal if it was killed
  std::string output;             // of all calls, standard output and errors
};

// Runs all jobs, at most so many at a time, begun in their order, and tells of each end. An interrupt (see
// core/interrupt.h), or a program that cannot be started, lets the calls that run come to their end, begins
// no more, and is an error.
// environment: of the programs, complete.
Result<void> run_jobs(const std::vector<Job>& jobs, unsigned parallel,
                      const std::vector<std::string>& environment,
                      const std::function<void(const JobEnd&)>& ended);

}  // namespace vz
