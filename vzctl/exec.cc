#include "libvz/container/exec.h"

#include <sys/wait.h>

#include <string>

#include "libvz/container/run_script.h"
#include "libvz/core/log.h"
#include "vzctl/command.h"

namespace vz {

namespace {

// exec tells only whether the command succeeded; exec2 and exec3 pass its exit status on.
int exit_code_of(const std::string& word, int wait_status) {
  int code = 0;
  if (WIFSIGNALED(wait_status)) {
    if (word != "exec") log_error("Got signal " + std::to_string(WTERMSIG(wait_status)));
    code = static_cast<int>(ExitCode::system);
  } else {
    code = WEXITSTATUS(wait_status);
  }
  if (word == "exec" && code != 0) return static_cast<int>(ExitCode::command_execution);
  return code;
}

Result<CommandAction> parse(const CommandLine& line) {
  if (line.words.empty()) return fail(ExitCode::invalid_syntax, "No command line given for exec");
  return [line](CommandContext& context) -> Result<int> {
    auto status = line.word == "exec3" ? exec_direct(context.global, context.config, line.words)
                                       : exec_shell(context.global, context.config, line.words);
    if (status) return exit_code_of(line.word, *status);
    if (line.word == "exec")
      return std::unexpected(std::move(status).error().with_code(ExitCode::command_execution));
    return fail(std::move(status));
  };
}

Result<CommandAction> parse_runscript(const CommandLine& line) {
  if (line.words.empty()) return fail(ExitCode::invalid_syntax, "Script not specified");
  const std::vector<std::string> extra(line.words.begin() + 1, line.words.end());
  if (!extra.empty())
    return fail(ExitCode::invalid_syntax, "Invalid extra arguments: " + each_with_blank(extra));
  return [line](CommandContext& context) -> Result<int> {
    VZ_ASSIGN(const int status, run_script(context.global, context.config, line.words[0]));
    return exit_code_of(line.word, status);
  };
}

CommandSpec spec(std::string_view word, bool hidden) {
  return {.words = {word},
          .arguments = "<command> [arg ...]",
          .takes_lock = false,
          .hidden = hidden,
          .own_help_word = false,
          .parse = parse};
}

}  // namespace

std::vector<CommandSpec> exec_commands() {
  return {spec("exec", false), spec("exec2", false), spec("exec3", false),
          CommandSpec{.words = {"runscript"}, .arguments = "<file>", .parse = parse_runscript}};
}

}  // namespace vz
