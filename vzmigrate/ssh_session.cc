#include "vzmigrate/ssh_session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>

#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "vzmigrate/message_stream.h"

namespace vz {

namespace {

constexpr unsigned kSilenceMs = 30000;
constexpr long kConnectSeconds = 20;

// What of -o is understood beyond what ssh_config says; the rest is refused rather than ignored.
struct ExtraOptions {
  bool accept_unknown_host = false;
};

Result<void> set(ssh_session session, ssh_options_e option, const std::string& value,
                 const std::string& shown) {
  if (ssh_options_set(session, option, value.c_str()) == SSH_OK) return {};
  return migrate_failure(MigrateCode::usage, "Bad ssh option " + shown);
}

Result<void> set_by_keyword(ssh_session session, const std::string& word, ExtraOptions& extra) {
  const auto equals = word.find('=');
  const std::string key = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  static const std::map<std::string, ssh_options_e> kKeywords = {
      {"Port", SSH_OPTIONS_PORT_STR},
      {"User", SSH_OPTIONS_USER},
      {"IdentityFile", SSH_OPTIONS_ADD_IDENTITY},
      {"UserKnownHostsFile", SSH_OPTIONS_KNOWNHOSTS},
      {"GlobalKnownHostsFile", SSH_OPTIONS_GLOBAL_KNOWNHOSTS},
      {"BindAddress", SSH_OPTIONS_BINDADDR},
      {"Ciphers", SSH_OPTIONS_CIPHERS_C_S},
      {"ProxyCommand", SSH_OPTIONS_PROXYCOMMAND},
      {"ConnectTimeout", SSH_OPTIONS_TIMEOUT},
  };
  if (key == "BatchMode") return {};
  if (key == "StrictHostKeyChecking") {
    extra.accept_unknown_host = value == "no" || value == "accept-new" || value == "off";
    return {};
  }
  if (key == "ConnectTimeout") {
    const auto seconds = parse_unsigned(value);
    if (!seconds) return migrate_failure(MigrateCode::usage, "Bad ssh option " + word);
    const long timeout = static_cast<long>(*seconds);
    ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &timeout);
    return {};
  }
  const auto known = kKeywords.find(key);
  if (known == kKeywords.end()) {
    return migrate_failure(MigrateCode::usage,
                           "ssh option " + key + " is not supported: put it into ssh_config");
  }
  if (key == "Ciphers") VZ_TRY(set(session, SSH_OPTIONS_CIPHERS_S_C, value, word));
  return set(session, known->second, value, word);
}

Result<void> set_options(ssh_session session, const std::vector<std::string>& words, ExtraOptions& extra) {
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() < 2 || word[0] != '-')
      return migrate_failure(MigrateCode::usage, "Bad ssh option " + word);
    const char letter = word[1];
    if (letter == 'v' || letter == 'q' || letter == 'C' || letter == '4' || letter == '6') continue;
    std::string value = word.substr(2);
    if (value.empty()) {
      if (++i == words.size())
        return migrate_failure(MigrateCode::usage, "ssh option " + word + " needs a value");
      value = words[i];
    }
    switch (letter) {
      case 'p':
        VZ_TRY(set(session, SSH_OPTIONS_PORT_STR, value, word));
        break;
      case 'l':
        VZ_TRY(set(session, SSH_OPTIONS_USER, value, word));
        break;
      case 'i':
        VZ_TRY(set(session, SSH_OPTIONS_ADD_IDENTITY, value, word));
        break;
      case 'F':
        // libssh passes over a file that is not there.
        if (access(value.c_str(), R_OK) < 0 || ssh_options_parse_config(session, value.c_str()) != SSH_OK) {
          return migrate_failure(MigrateCode::usage, "Cannot read " + value);
        }
        break;
      case 'o':
        VZ_TRY(set_by_keyword(session, value, extra));
        break;
      default:
        return migrate_failure(MigrateCode::usage, "ssh option " + word + " is not supported");
    }
  }
  return {};
}

std::unexpected<Error> cannot_connect(ssh_session session, const std::string& what) {
  return migrate_failure(MigrateCode::cannot_connect, what + ": " + ssh_get_error(session));
}

Result<void> check_host_key(ssh_session session, const SshTarget& target, const ExtraOptions& extra) {
  switch (ssh_session_is_known_server(session)) {
    case SSH_KNOWN_HOSTS_OK:
      return {};
    case SSH_KNOWN_HOSTS_NOT_FOUND:
    case SSH_KNOWN_HOSTS_UNKNOWN:
      if (extra.accept_unknown_host) {
        if (ssh_session_update_known_hosts(session) != SSH_OK) return cannot_connect(session, "known_hosts");
        return {};
      }
      return migrate_failure(
          MigrateCode::cannot_connect,
          "The host key of " + target.host + " is not known: log in once with ssh, or add it to known_hosts");
    case SSH_KNOWN_HOSTS_CHANGED:
    case SSH_KNOWN_HOSTS_OTHER:
      return migrate_failure(MigrateCode::cannot_connect,
                             "The host key of " + target.host + " is not the one in known_hosts");
    case SSH_KNOWN_HOSTS_ERROR:
      break;
  }
  return cannot_connect(session, "known_hosts");
}

void notice_silence(ssh_session session) {
  const int fd = ssh_get_fd(session);
  const int on = 1;
  const int idle = 10;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof idle);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kSilenceMs, sizeof kSilenceMs);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

SshTarget parse_target(const std::string& text) {
  SshTarget target;
  const auto at = text.rfind('@');
  target.host = at == std::string::npos ? text : text.substr(at + 1);
  if (at != std::string::npos) target.user = text.substr(0, at);
  if (target.host.size() > 2 && target.host.front() == '[' && target.host.back() == ']') {
    target.host = target.host.substr(1, target.host.size() - 2);
  }
  return target;
}

Result<SshSession> open_ssh_session(const SshTarget& target, int verbosity) {
  SshSession session(ssh_new());
  if (session == nullptr) return migrate_failure(MigrateCode::cannot_connect, "libssh cannot be used");
  const int level = verbosity >= 4 ? SSH_LOG_PROTOCOL : SSH_LOG_NOLOG;
  ssh_options_set(session.get(), SSH_OPTIONS_LOG_VERBOSITY, &level);
  ssh_options_set(session.get(), SSH_OPTIONS_TIMEOUT, &kConnectSeconds);
  VZ_TRY(set(session.get(), SSH_OPTIONS_HOST, target.host, target.host));
  ssh_options_parse_config(session.get(), nullptr);
  if (!target.user.empty()) VZ_TRY(set(session.get(), SSH_OPTIONS_USER, target.user, target.user));
  ExtraOptions extra;
  VZ_TRY(set_options(session.get(), target.options, extra));
  char* user = nullptr;
  if (ssh_options_get(session.get(), SSH_OPTIONS_USER, &user) != SSH_OK || user == nullptr) {
    VZ_TRY(set(session.get(), SSH_OPTIONS_USER, "root", "root"));
  }
  ssh_string_free_char(user);
  if (ssh_connect(session.get()) != SSH_OK)
    return cannot_connect(session.get(), "Can't connect to " + target.host);
  notice_silence(session.get());
  VZ_TRY(check_host_key(session.get(), target, extra));
  if (ssh_userauth_publickey_auto(session.get(), nullptr, nullptr) != SSH_AUTH_SUCCESS) {
    log_error("Can't connect to destination address using public key");
    return migrate_failure(MigrateCode::cannot_connect, "Please put your public key to destination node");
  }
  return session;
}

}  // namespace vz
