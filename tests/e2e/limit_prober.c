// Runs into a limit from inside a container and prints how far it came: "COUNT ERRNO-NAME".
// limit_prober files|processes|locked|signals|terminals|shared|tcp|memory|reserve|read FILE SIZE TIMES
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { most = 100000, page = 4096 };

static int tell(long count) {
	printf("%ld %s\n", count, strerrorname_np(errno) ? strerrorname_np(errno) : "-");
	return 0;
}

static int files(void) {
	long count = 0;
	errno = 0;
	while (count < most && open("/", O_RDONLY) >= 0) ++count;
	return tell(count);
}

static int terminals(void) {
	long count = 0;
	errno = 0;
	while (count < most && open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0) ++count;
	return tell(count);
}

static int processes(void) {
	long count = 0;
	int refused = 0;
	pid_t *children = calloc(most, sizeof *children);
	while (count < most) {
		pid_t child = fork();
		if (child == 0) {
			pause();
			_exit(0);
		}
		if (child < 0) break;
		children[count++] = child;
	}
	refused = errno;
	for (long i = 0; i < count; ++i) kill(children[i], SIGKILL);
	for (long i = 0; i < count; ++i) waitpid(children[i], NULL, 0);
	errno = refused;
	return tell(count);
}

// Bytes.
static int locked(void) {
	long pages = 0;
	errno = 0;
	char *memory = mmap(NULL, (size_t)most * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) return tell(-1);
	while (pages < most && mlock(memory + pages * page, page) == 0) ++pages;
	return tell(pages * page);
}

static int signals(void) {
	long count = 0;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	union sigval value = {0};
	errno = 0;
	while (count < most && sigqueue(getpid(), SIGRTMIN, value) == 0) ++count;
	return tell(count);
}

// Pages of System V shared memory.
static int shared(void) {
	long pages = 0;
	int refused = 0;
	static int ids[4096];
	while (pages < 4096) {
		int id = shmget(IPC_PRIVATE, page, IPC_CREAT | 0600);
		if (id < 0) break;
		ids[pages++] = id;
	}
	refused = errno;
	for (long i = 0; i < pages; ++i) shmctl(ids[i], IPC_RMID, NULL);
	errno = refused;
	return tell(pages);
}

// Bytes that ten connections to itself take without anybody reading them.
static int tcp(void) {
	long bytes = 0;
	static char block[65536];
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 16) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0)
		return tell(-1);
	for (int i = 0; i < 10; ++i) {
		int one = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(one, (struct sockaddr *)&address, sizeof address) < 0) return tell(-1);
		fcntl(one, F_SETFL, O_NONBLOCK);
		if (accept(listener, NULL, NULL) < 0) return tell(-1);
		// What was sent is acknowledged a moment later and makes room.
		for (int quiet = 0; quiet < 5;) {
			ssize_t sent = write(one, block, sizeof block);
			if (sent > 0) {
				bytes += sent;
				quiet = 0;
			} else {
				++quiet;
				usleep(10000);
			}
		}
	}
	errno = EAGAIN;
	return tell(bytes);
}

// Pages that are used; whoever uses too many is killed.
static int memory(void) {
	long pages = 0;
	for (; pages < 262144; ++pages) {
		char *one = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (one == MAP_FAILED) break;
		one[0] = 1;
	}
	return tell(pages);
}

// Megabytes that are promised and not used.
static int reserve(void) {
	long megabytes = 0;
	errno = 0;
	while (megabytes < 4096 && mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		++megabytes;
	return tell(megabytes);
}

// Milliseconds that reading past the page cache takes.
static int read_directly(const char *path, size_t size, int times) {
	struct timespec before, after;
	void *buffer = NULL;
	int file = open(path, O_RDONLY | O_DIRECT);
	if (file < 0 || posix_memalign(&buffer, page, size) != 0) return tell(-1);
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (int i = 0; i < times; ++i) {
		if (pread(file, buffer, size, 0) != (ssize_t)size) return tell(-1);
	}
	clock_gettime(CLOCK_MONOTONIC, &after);
	errno = 0;
	return tell((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000);
}

int main(int argc, char **argv) {
	const char *what = argc > 1 ? argv[1] : "";
	if (strcmp(what, "files") == 0) return files();
	if (strcmp(what, "processes") == 0) return processes();
	if (strcmp(what, "locked") == 0) return locked();
	if (strcmp(what, "signals") == 0) return signals();
	if (strcmp(what, "terminals") == 0) return terminals();
	if (strcmp(what, "shared") == 0) return shared();
	if (strcmp(what, "tcp") == 0) return tcp();
	if (strcmp(what, "memory") == 0) return memory();
	if (strcmp(what, "reserve") == 0) return reserve();
	if (strcmp(what, "read") == 0 && argc == 5) return read_directly(argv[2], (size_t)atol(argv[3]), atoi(argv[4]));
	return 2;
}
