/*
 * A library with the functions of NVIDIA's management library that the exporter calls, and two GPUs: one whole, one
 * divided into the instances 3 and 5. Names, arguments, structures and codes by NVIDIA's nvml.h (API 13). The words in
 * the file CONTROL change what it answers; what it is told is written to CONTROL.log.
 *
 * DRIVER: 3 has the newest version of each function, 1 only the first. NO_UUID: lacks a function that is needed.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } memory_v2;
typedef struct { unsigned long long total, free, used; } memory_v1;
typedef struct { unsigned int gpu, memory; } rates;
typedef struct { unsigned int pid; unsigned long long used; unsigned int gi, ci; } process_v3;
typedef struct { void *device; unsigned int id, profile, start, size; } instance_info;
typedef struct { unsigned int pid; unsigned long long used; } process_v1;

enum { WHOLE = 1, DIVIDED = 2, FIRST_INSTANCE = 10 };
static const unsigned long long GIB = 1ULL << 30;

static int has(const char *word) {
  char line[64];
  int found = 0;
  FILE *file = fopen(CONTROL, "r");
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    found |= strcmp(line, word) == 0;
  }
  if (file) fclose(file);
  return found;
}

static void tell(const char *word) {
  FILE *file = fopen(CONTROL ".log", "a");
  if (file) {
    fprintf(file, "%s\n", word);
    fclose(file);
  }
}

__attribute__((destructor)) static void unloaded(void) { tell("unloaded"); }

static int init(void) {
  tell("init");
  return has("no_driver") ? 9 : has("mismatch") ? 18 : has("forbidden") ? 4 : 0;
}

static int count(unsigned int *answer) {
  struct timespec moment = {0, 10000000};
  if (has("hang")) tell("hangs");
  while (has("hang")) nanosleep(&moment, 0);
  if (has("uninitialized")) return 1;
  *answer = 2;
  return 0;
}

static int handle(unsigned int index, void **device) {
  if (index == 1 && has("lost")) return 15;
  *device = (void *)(long)(index == 0 ? WHOLE : DIVIDED);
  return 0;
}

#if DRIVER >= 3
int nvmlInit_v2(void) { return init(); }
int nvmlDeviceGetCount_v2(unsigned int *answer) { return count(answer); }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device) { return handle(index, device); }
#else
int nvmlInit(void) { return init(); }
int nvmlDeviceGetCount(unsigned int *answer) { return count(answer); }
int nvmlDeviceGetHandleByIndex(unsigned int index, void **device) { return handle(index, device); }
#endif

int nvmlShutdown(void) {
  tell("shutdown");
  return 0;
}

int nvmlSystemGetDriverVersion(char *buffer, unsigned int length) {
  if (has("bare")) return 3;
  snprintf(buffer, length, "580.95.05");
  return 0;
}

#ifndef NO_UUID
int nvmlDeviceGetUUID(void *device, char *buffer, unsigned int length) {
  long id = (long)device;
  if (id == WHOLE && has("nameless")) return 999;
  if (id >= FIRST_INSTANCE) snprintf(buffer, length, "MIG-%ld", id);
  else snprintf(buffer, length, "GPU-%ld", id);
  return 0;
}
#endif

int nvmlDeviceGetName(void *device, char *buffer, unsigned int length) {
  (void)device;
  snprintf(buffer, length, "NVIDIA A100-SXM4-40GB");
  return 0;
}

int nvmlDeviceGetMinorNumber(void *device, unsigned int *minor) {
  if (has("bare")) return 3;
  *minor = (unsigned int)(long)device - 1;
  return 0;
}

int nvmlDeviceGetMemoryInfo(void *device, memory_v1 *memory) {
  (void)device;
  memory->total = 40 * GIB;
  memory->free = 30 * GIB;
  memory->used = 10 * GIB;
  return 0;
}

int nvmlDeviceGetUtilizationRates(void *device, rates *answer) {
  if ((long)device != WHOLE) return 3;
  answer->gpu = 75;
  answer->memory = 20;
  return 0;
}

int nvmlDeviceGetTemperature(void *device, unsigned int sensor, unsigned int *celsius) {
  (void)device;
  if (sensor != 0) return 2;
  *celsius = 61;
  return 0;
}

int nvmlDeviceGetPowerUsage(void *device, unsigned int *milliwatts) {
  (void)device;
  *milliwatts = 250500;
  return 0;
}

/* Fills a list as the library does: the count says how much room there is, and then how much is needed. */
static int list(unsigned int needed, unsigned int *room) {
  unsigned int had = *room;
  if (has("growing")) needed = had + 10;
  *room = needed;
  return needed > had ? 7 : 0;
}

#if DRIVER >= 3
int nvmlDeviceGetMemoryInfo_v2(void *device, memory_v2 *memory) {
  if (memory->version != 0x02000028) return 25;
  unsigned long long gib = (long)device >= FIRST_INSTANCE ? 1 : 4;
  memory->total = 10 * gib * GIB;
  memory->reserved = gib * GIB;
  memory->free = 7 * gib * GIB;
  memory->used = 2 * gib * GIB;
  return 0;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned int *room, process_v3 *processes) {
  unsigned int processes_of = has("busy") ? 40 : (long)device >= FIRST_INSTANCE ? 1 : 2;
  int code = has("forbidden_list") ? 4 : list(processes_of, room);
  for (unsigned int i = 0; code == 0 && i < *room; i++) processes[i].pid = 1000 + i;
  return code;
}

/* One process more, and one that is in the other list too. */
int nvmlDeviceGetMPSComputeRunningProcesses_v3(void *device, unsigned int *room, process_v3 *processes) {
  if ((long)device != WHOLE) return 3;
  int code = list(2, room);
  for (unsigned int i = 0; code == 0 && i < *room; i++) processes[i].pid = 1001 + i;
  return code;
}

int nvmlDeviceGetMigMode(void *device, unsigned int *current, unsigned int *pending) {
  *current = *pending = (long)device == DIVIDED;
  return 0;
}

int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned int *most) {
  (void)device;
  if (has("bare")) return 3;
  *most = 3;
  return 0;
}

int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned int index, void **instance) {
  (void)device;
  if (index == 1) return 6; /* an empty slot */
  if (index == 2 && has("lost_instance")) return 15;
  *instance = (void *)(long)(FIRST_INSTANCE + index);
  return 0;
}

int nvmlDeviceGetGpuInstanceId(void *device, unsigned int *id) {
  if ((long)device == FIRST_INSTANCE && has("numberless")) return 999;
  *id = (long)device == FIRST_INSTANCE ? 3 : 5;
  return 0;
}

int nvmlDeviceGetGpuInstanceById(void *device, unsigned int id, void **instance) {
  if ((long)device != DIVIDED || (id != 3 && id != 5)) return 2;
  if (id == 5 && has("unprivileged")) return 4;
  *instance = (void *)(long)(id * 100);
  return 0;
}

/* 1g.5gb in the first slice, 2g.10gb in the third and fourth. */
int nvmlGpuInstanceGetInfo(void *instance, instance_info *info) {
  info->device = (void *)(long)DIVIDED;
  info->id = (unsigned int)(long)instance / 100;
  info->profile = info->id == 3 ? 19 : 14;
  info->start = info->id == 3 ? 0 : 2;
  info->size = info->id == 3 ? 1 : 2;
  return 0;
}
#else
int nvmlDeviceGetComputeRunningProcesses(void *device, unsigned int *room, process_v1 *processes) {
  (void)device;
  int code = list(3, room);
  for (unsigned int i = 0; code == 0 && i < *room; i++) processes[i].pid = 1000 + i;
  return code;
}
#endif
