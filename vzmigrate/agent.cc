#include "vzmigrate/agent.h"

#include <fcntl.h>
#include <unistd.h>

#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "vzmigrate/incoming.h"
#include "vzmigrate/message_stream.h"

namespace vz {

namespace {

protocol::Message failure_message(const Error& error) {
  protocol::Message message;
  message.mutable_failure()->set_exit_code(static_cast<int>(error.code()));
  message.mutable_failure()->set_text(error.text());
  return message;
}

// The answer to one message; nothing for the pieces of a dump, which are answered at its end.
Result<std::optional<protocol::Message>> answer(Incoming& incoming, const GlobalConfig& global,
                                                const protocol::Message& request) {
  using Kind = protocol::Message;
  protocol::Message reply;
  switch (request.kind_case()) {
    case Kind::kCheck: {
      VZ_ASSIGN(*reply.mutable_check_reply(), incoming.check(request.check()));
      return reply;
    }
    case Kind::kOutcome: {
      VZ_ASSIGN(const bool committed, migration_outcome(global, request.outcome()));
      reply.mutable_outcome_reply()->set_committed(committed);
      return reply;
    }
    case Kind::kFileBegin:
      VZ_TRY(incoming.file_begin(request.file_begin()));
      return std::optional<protocol::Message>{};
    case Kind::kFileData:
      VZ_TRY(incoming.file_data(request.file_data()));
      return std::optional<protocol::Message>{};
    case Kind::kPrepare:
      VZ_TRY(incoming.prepare(request.prepare()));
      break;
    case Kind::kPrepareRestore:
      VZ_TRY(incoming.prepare_restore());
      break;
    case Kind::kDumpEnd:
      VZ_TRY(incoming.dump_end(request.dump_end()));
      break;
    case Kind::kRestore:
      VZ_TRY(incoming.restore());
      break;
    case Kind::kCommit:
      VZ_TRY(incoming.commit(request.commit().then()));
      break;
    default:
      return migrate_failure(MigrateCode::cannot_connect, "a message that does not fit");
  }
  *reply.mutable_done() = incoming.take_times();
  return reply;
}

Result<void> serve(MessageStream& stream) {
  VZ_TRY(stream.greet());
  auto global = load_global_config();
  if (!global) {
    (void)stream.send(
        failure_message(Error(static_cast<ExitCode>(MigrateCode::remote_config), global.error().text())));
    return fail(std::move(global));
  }
  configure_log(
      {.program = "vzmigrate", .file = global->log_file, .file_level = global->log_level, .quiet = true});
  Incoming incoming(*global);
  for (;;) {
    auto request = stream.receive();
    if (!request) return fail(std::move(request));
    auto reply = answer(incoming, *global, *request);
    if (!reply) {
      log_error(reply.error().text());
      (void)stream.send(failure_message(reply.error()));
      return fail(std::move(reply));
    }
    if (*reply) VZ_TRY(stream.send(**reply));
  }
}

}  // namespace

int run_agent() {
  catch_interrupts();
  // Whatever else would be printed here, by scripts too, must not get among the messages.
  const Fd out(fcntl(1, F_DUPFD_CLOEXEC, 3));
  const Fd in(fcntl(0, F_DUPFD_CLOEXEC, 3));
  const Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!out || !in || !null || dup2(2, 1) < 0 || dup2(null.get(), 0) < 0) return 1;
  MessageStream stream(in.get(), out.get());
  auto served = serve(stream);
  return served ? 0 : static_cast<int>(served.error().code());
}

}  // namespace vz
