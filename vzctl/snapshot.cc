// snapshot and its kin: what they take, and what they say of a container that has no ploop image.

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "vzctl/command.h"
#include "vzctl/stage_options.h"

namespace vz {

namespace {

struct Request {
  std::string id;  // with braces; empty: not given
  std::string target;
  bool skip_resume = false;
  bool must_resume = false;
  bool no_header = false;
  bool list_fields = false;
  std::vector<std::string> fields;
};

// {8-4-4-4-12}, lower case; nothing if it is no UUID. Braces may be left out.
std::optional<std::string> parse_uuid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  if (text.size() != kShape.size()) return std::nullopt;
  std::string uuid = "{";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kShape[i] == 'x' ? std::isxdigit(c) == 0 : c != '-') return std::nullopt;
    uuid += static_cast<char>(std::tolower(c));
  }
  return uuid + "}";
}

Option id_option(Request& request, const std::string& name, const std::string& help) {
  return {.name = name,
          .letter = name == "uuid" ? 'u' : '\0',
          .argument = "UUID",
          .help = help,
          .take = [&request, name](const std::string& value) -> Result<void> {
            const auto uuid = parse_uuid(value);
            if (!uuid) return fail(ExitCode::invalid_value, "Bad parameter for --" + name + ": " + value);
            request.id = *uuid;
            return {};
          }};
}

Option text_option(const std::string& name, const std::string& argument, const std::string& help,
                   std::string* target = nullptr) {
  return {.name = name,
          .argument = argument,
          .help = help,
          .take = [name, target](const std::string& value) -> Result<void> {
            if (std::ranges::any_of(value, [](unsigned char c) { return c < ' '; }))
              return fail(ExitCode::invalid_value, "Bad parameter for --" + name + ": " + value);
            if (target != nullptr) *target = value;
            return {};
          }};
}

Option flag_option(const std::string& name, const std::string& help, bool* target = nullptr,
                   char letter = 0) {
  return {.name = name,
          .letter = letter,
          .argument = {},
          .help = help,
          .take = [target](const std::string&) -> Result<void> {
            if (target != nullptr) *target = true;
            return {};
          }};
}

// One column of snapshot-list. Source: vzctl(8).
struct Column {
  std::string_view name;
  std::string_view alias;
  std::string_view header;
};
constexpr std::array kColumns = {
    Column{"uuid", "id", "UUID"},   Column{"parent_uuid", "parent_id", "PARENT_UUID"},
    Column{"current", "", "C"},     Column{"date", "", "DATE"},
    Column{"name", "", "NAME"},     Column{"desc", "", "DESC"},
    Column{"device", "", "DEVICE"}, Column{"target", "", "TARGET"}};

Option fields_option(Request& request) {
  return {.name = "output",
          .letter = 'o',
          .argument = "FIELD[,...]",
          .help = "the columns",
          .take = [&request](const std::string& value) -> Result<void> {
            for (auto field : split(value, ",")) {
              std::ranges::transform(field, field.begin(),
                                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
              const bool known = std::ranges::any_of(
                  kColumns, [&](const Column& each) { return field == each.name || field == each.alias; });
              if (!known) return fail(ExitCode::invalid_value, "Unknown field: " + field);
              request.fields.push_back(std::move(field));
            }
            return {};
          }};
}

std::vector<Option> create_options(Request& request) {
  return {id_option(request, "id", "the snapshot's UUID; default: a new one"),
          id_option(request, "uuid", ""),
          text_option("name", "NAME", "a name for it"),
          text_option("description", "TEXT", "what it is for"),
          flag_option("skip-suspend", "do not keep the memory of a running container"),
          flag_option("skip-config", "do not keep the configuration")};
}

std::vector<Option> switch_options(Request& request) {
  return {id_option(request, "id", "the snapshot"),
          id_option(request, "uuid", ""),
          flag_option("skip-resume", "do not bring the processes back", &request.skip_resume),
          flag_option("must-resume", "fail when the processes cannot be brought back", &request.must_resume),
          flag_option("skip-config", "keep the present configuration"),
          ignored_flag("skip_arpdetect")};
}

std::vector<Option> id_options(Request& request) {
  return {id_option(request, "id", "the snapshot"), id_option(request, "uuid", "")};
}

std::vector<Option> mount_options(Request& request) {
  auto options = id_options(request);
  options.push_back(text_option("target", "DIR", "where it is mounted, read-only", &request.target));
  return options;
}

std::vector<Option> list_options(Request& request) {
  return {flag_option("no-header", "no line of headings", &request.no_header, 'H'), fields_option(request),
          id_option(request, "uuid", "only this snapshot and its ancestors"), id_option(request, "id", ""),
          flag_option("list", "list the columns", &request.list_fields, 'L')};
}

constexpr const char* kNoImage = "Snapshot feature is only available for ploop-based CTs";

// What is left to do for a container without an image, once its words are right.
CommandAction refuse_without_image(ExitCode code) {
  return [code](CommandContext& context) -> Result<int> {
    if (context.config.merged.layout == Layout::ploop)
      return fail(ExitCode::ploop_unsupported, "Error: ploop is not supported by this version");
    return fail(code, kNoImage);
  };
}

using Options = std::vector<Option> (*)(Request&);

Result<Request> parse_words(const CommandLine& line, Options options) {
  Request request;
  VZ_TRY(parse_only_options({.program = line.program, .refused_letters = {}}, options(request), line.words));
  return request;
}

Result<void> require_id(const Request& request) {
  if (!request.id.empty()) return {};
  return fail(ExitCode::invalid_syntax, "Invalid syntax: snapshot id is missing");
}

Result<CommandAction> parse_create(const CommandLine& line) {
  VZ_TRY(parse_words(line, create_options));
  return refuse_without_image(ExitCode::create_snapshot);
}

Result<CommandAction> parse_switch(const CommandLine& line) {
  VZ_ASSIGN(const Request request, parse_words(line, switch_options));
  VZ_TRY(require_id(request));
  if (request.skip_resume && request.must_resume) {
    return fail(ExitCode::invalid_syntax,
                "Invalid syntax: --skip-resume and --must-resume exclude each other");
  }
  return refuse_without_image(ExitCode::switch_snapshot);
}

Result<CommandAction> parse_delete(const CommandLine& line) {
  VZ_ASSIGN(const Request request, parse_words(line, id_options));
  VZ_TRY(require_id(request));
  return refuse_without_image(ExitCode::delete_snapshot);
}

Result<CommandAction> parse_mount(const CommandLine& line) {
  VZ_ASSIGN(const Request request, parse_words(line, mount_options));
  VZ_TRY(require_id(request));
  if (request.target.empty())
    return fail(ExitCode::invalid_syntax, "Invalid syntax: mount target is missing");
  return refuse_without_image(ExitCode::mount_snapshot);
}

Result<CommandAction> parse_umount(const CommandLine& line) {
  VZ_ASSIGN(const Request request, parse_words(line, id_options));
  VZ_TRY(require_id(request));
  return refuse_without_image(ExitCode::umount_snapshot);
}

Result<CommandAction> parse_list(const CommandLine& line) {
  VZ_ASSIGN(const Request request, parse_words(line, list_options));
  if (!request.list_fields) return refuse_without_image(ExitCode::list_snapshot);
  return [](CommandContext&) -> Result<int> {
    for (const auto& column : kColumns) {
      std::printf("%-15s %-15s\n", std::string(column.name).c_str(), std::string(column.header).c_str());
    }
    return 0;
  };
}

template <Options Make>
std::vector<Option> options_for_help() {
  static Request unused;
  return Make(unused);
}

}  // namespace

std::vector<CommandSpec> snapshot_commands() {
  return {
      {.words = {"snapshot"},
       .arguments = "[--id <uuid>] [--name <name>] [--description <text>] [--skip-suspend] [--skip-config]",
       .parse = parse_create,
       .options = options_for_help<create_options>},
      {.words = {"snapshot-switch"},
       .arguments = "--id <uuid> [--skip-resume | --must-resume] [--skip-config]",
       .parse = parse_switch,
       .options = options_for_help<switch_options>},
      {.words = {"snapshot-delete"},
       .arguments = "--id <uuid>",
       .parse = parse_delete,
       .options = options_for_help<id_options>},
      {.words = {"snapshot-mount"},
       .arguments = "--id <uuid> --target <dir>",
       .parse = parse_mount,
       .options = options_for_help<mount_options>},
      {.words = {"snapshot-umount"},
       .arguments = "--id <uuid>",
       .parse = parse_umount,
       .options = options_for_help<id_options>},
      {.words = {"snapshot-list"},
       .arguments = "[-H] [-o <field>[,...]] [-u <uuid>] [-L]",
       .takes_lock = false,
       .parse = parse_list,
       .options = options_for_help<list_options>}};
}

}  // namespace vz
