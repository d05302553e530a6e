// Tells the gpuscaling exporter of this node which GPU tasks this worker runs.
//
// One file, no dependency, Node.js 18 or newer. Copy it beside your worker:
//
//   import { gpuTask, draining } from './gpu-task.mjs';
//
//   while (!draining()) {
//     const job = await queue.get();
//     await gpuTask({ taskClass: 'sample', queue: 'jobs', waitedSeconds: job.waited }, () => run(job));
//   }
//
// or, where a task is no function: const task = startGpuTask({...}); ... task.end('ok' | 'failed' | 'cancelled').
//
// It never throws into the worker and never makes it wait: calls only note what happens; the exporter is told in the
// background, what runs is renewed, and it is tried again for as long as the exporter is away. What cannot be told is
// written to stderr once per change. A worker that is killed is counted for one time to live at most. It keeps no process
// alive: `await close()` tells what was not told yet.
//
// As a preStop hook, so that a pod that is taken away starts nothing new and goes when its tasks have ended:
//
//   node gpu-task.mjs drain --timeout 600s
//
// Set by environment variables:
//   GPUSCALING_LEASE_URL         https://exporter-leases.gpuscaling.svc:9403
//   GPUSCALING_LEASE_TOKEN_FILE  /var/run/secrets/gpuscaling/leases/token
//   GPUSCALING_LEASE_CA_FILE     /var/run/secrets/gpuscaling/leases/ca.crt

import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import { fileURLToPath } from 'node:url';

const REQUEST_TIMEOUT = 5_000; // milliseconds for a whole exchange
const FIRST_RENEWAL = 10_000; // milliseconds; the exporter's answer says how long leases live
const MIN_PAUSE = 200; // milliseconds between tries while the exporter is away
const MAX_PAUSE = 5_000;
const MAX_UNTOLD = 4_096; // starts and ends that wait to be told; the oldest are given up first
const MAX_TASKS = 1_024; // running tasks that are told of; the exporter takes no more of one session
const MAX_ANSWER = 1 << 20; // bytes

// What the exporter takes; one task that it refuses would be in the way of all others.
const TASK_ID = /^[A-Za-z0-9._:/-]{1,128}$/;
const TASK_CLASS = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const MAX_QUEUE = 255; // characters
const MAX_WAITED = 1e9; // seconds

class Refused extends Error {
  constructor(status, message) {
    super(`HTTP ${status}: ${message}`);
    this.status = status;
  }
}

// One connection, kept open.
class Exporter {
  #agent;
  #ca;

  constructor() {
    const env = process.env;
    this.url = env.GPUSCALING_LEASE_URL ?? 'https://exporter-leases.gpuscaling.svc:9403';
    this.tokenFile = env.GPUSCALING_LEASE_TOKEN_FILE ?? '/var/run/secrets/gpuscaling/leases/token';
    this.caFile = env.GPUSCALING_LEASE_CA_FILE ?? '/var/run/secrets/gpuscaling/leases/ca.crt';
  }

  // The exporter's answer; rejects with Refused or any other error.
  async call(method, body) {
    // Read each time: the kubelet replaces them.
    const [token, ca] = await Promise.all([
      readFile(this.tokenFile, 'ascii'),
      readFile(this.caFile),
    ]);
    if (this.#agent === undefined || !ca.equals(this.#ca)) {
      this.close();
      this.#ca = ca;
      this.#agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca });
    }
    const url = new URL('/v1/leases/' + method, this.url);
    if (url.protocol !== 'https:') {
      throw new Error('GPUSCALING_LEASE_URL must be https://HOST:PORT');
    }
    const [status, text] = await this.#exchange(url, token.trim(), JSON.stringify(body));
    let answer = {};
    try {
      answer = JSON.parse(text) ?? {};
    } catch {
      // told by its status
    }
    if (status !== 200) {
      throw new Refused(status, String(answer.message ?? ''));
    }
    return answer;
  }

  #exchange(url, token, body) {
    return new Promise((resolve, reject) => {
      const request = https.request(url, {
        method: 'POST',
        agent: this.#agent,
        headers: {
          authorization: 'Bearer ' + token,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      });
      const deadline = setTimeout(
        () => request.destroy(new Error(`no answer in ${REQUEST_TIMEOUT} ms`)), REQUEST_TIMEOUT);
      const fail = (error) => {
        clearTimeout(deadline);
        reject(error);
      };
      request.on('error', fail);
      request.on('response', (response) => {
        const parts = [];
        let bytes = 0;
        response.on('data', (part) => {
          bytes += part.length;
          if (bytes > MAX_ANSWER) {
            request.destroy(new Error('the answer is too long'));
          }
          parts.push(part);
        });
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(deadline);
          resolve([response.statusCode, Buffer.concat(parts).toString('utf8')]);
        });
      });
      if (background) {
        deadline.unref();
        request.on('socket', (socket) => socket.unref());
      }
      request.end(body);
    });
  }

  close() {
    this.#agent?.destroy();
    this.#agent = undefined;
  }
}

// Whether an exchange must not keep the process alive; the drain command and close() do.
let background = true;

// What this process runs, and the loop that tells of it.
class Session {
  draining = false;
  #exporter = new Exporter();
  #id = randomUUID();
  #running = new Map();
  #untold = [];
  #renewEvery = FIRST_RENEWAL;
  #renewAt = 0;
  #pause = MIN_PAUSE;
  #timer;
  #calling = false;
  #closing = false;
  #closed;
  #problem;
  #mustRenew = false;

  constructor() {
    this.#soon(0);
  }

  start(task) {
    if (this.#running.size < MAX_TASKS) {
      this.#running.set(task.id, task);
    }
    this.#tell('start', { sessionId: this.#id, task });
  }

  end(taskId, outcome, ranMillis) {
    this.#running.delete(taskId);
    this.#tell('end', { sessionId: this.#id, taskId, outcome, ranMillis });
  }

  #tell(method, body) {
    if (this.#untold.length >= MAX_UNTOLD) {
      this.#untold.shift();
    }
    this.#untold.push([method, body]);
    if (this.#problem === undefined) {
      this.#soon(0);
    }
  }

  // Resolves when all is told, or at the first failure.
  close() {
    return new Promise((resolve) => {
      this.#closing = true;
      this.#closed = resolve;
      this.#soon(0);
    });
  }

  // Ends what is under way.
  abandon() {
    this.#exporter.close();
  }

  #soon(millis) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#step(), Math.max(0, millis));
    if (!this.#closing) {
      this.#timer.unref();
    }
  }

  async #step() {
    if (this.#calling) {
      return; // goes on by itself
    }
    this.#calling = true;
    const [method, body] = this.#next();
    try {
      await this.#told(method, body);
      this.#pause = MIN_PAUSE;
      if (this.#mustRenew) {
        this.#renewAt = 0;
      } else if (method === 'renew') {
        this.#renewAt = performance.now() + this.#renewEvery;
      }
      if (method === 'close') {
        this.#end();
        return;
      }
      this.#calling = false;
      const idle = this.#untold.length === 0 && !this.#closing;
      this.#soon(idle ? this.#renewAt - performance.now() : 0);
    } catch (problem) {
      this.#calling = false;
      if (this.#closing) {
        this.#end();
        return;
      }
      this.#say(problem);
      this.#renewAt = 0; // first of all, when it is back: everything that runs
      this.#soon(this.#pause);
      this.#pause = Math.min(2 * this.#pause, MAX_PAUSE);
    }
  }

  #next() {
    if (!this.#closing && this.#renewAt <= performance.now()) {
      return ['renew', { sessionId: this.#id, tasks: [...this.#running.values()] }];
    }
    return this.#untold[0] ?? ['close', { sessionId: this.#id }];
  }

  async #told(method, body) {
    if (method === 'close' && !this.#closing) {
      return; // woken a moment too early
    }
    let answer = {};
    this.#mustRenew = false;
    try {
      answer = await this.#exporter.call(method, body);
      this.#say(undefined);
    } catch (refusal) {
      if (refusal instanceof Refused && refusal.status === 409) {
        this.draining = true; // runs all the same, and a renewal counts it
        this.#mustRenew = true;
      } else if (refusal instanceof Refused
          && (refusal.status === 400 || (refusal.status === 429 && method === 'start'))) {
        // Of no use to say it again; what runs is told by renewals all the same.
        this.#say(refusal);
      } else {
        throw refusal;
      }
    }
    if (typeof answer.draining === 'boolean') {
      // A renewal after the answer tells the exporter that from here on nothing is started without knowing.
      this.#mustRenew = answer.draining && !this.draining;
      this.draining = answer.draining;
    }
    if (answer.timeToLiveMillis > 0) {
      this.#renewEvery = answer.timeToLiveMillis / 3;
    }
    if (this.#untold[0]?.[1] === body) {
      this.#untold.shift();
    }
  }

  #end() {
    this.#exporter.close();
    this.#closed();
  }

  #say(problem) {
    const text = problem === undefined ? undefined : String(problem?.message ?? problem);
    if (text !== this.#problem) {
      this.#problem = text;
      log(text === undefined
        ? 'the exporter is told of GPU tasks again'
        : `the exporter cannot be told of GPU tasks now: ${text}`);
    }
  }
}

function log(text) {
  try {
    process.stderr.write(`gpu-task: ${text}\n`);
  } catch {
    // nobody listens
  }
}

let session;

function current() {
  session ??= new Session();
  return session;
}

function fitting(value, pattern, name) {
  if (value === undefined || value === null || value === '') {
    return undefined;
  }
  if (pattern.test(String(value))) {
    return String(value);
  }
  log(`${name} ${JSON.stringify(String(value).slice(0, 200))} is left out: it must match ${pattern}`);
  return undefined;
}

/**
 * Begins a GPU task.
 *
 * @param {{taskClass?: string, queue?: string, waitedSeconds?: number, taskId?: string}} [options] taskClass: what kind of
 *     work, a Kubernetes label value, of few different ones; queue: where it came from; waitedSeconds: how long it had
 *     waited there; taskId: unique in this pod, made up when it is not given
 * @returns {{end: (outcome?: 'ok' | 'failed' | 'cancelled') => void}} ends it, once
 */
export function startGpuTask(options) {
  let ended = false;
  let told;
  const startedAt = performance.now();
  try {
    const { taskClass, queue, waitedSeconds, taskId } = options ?? {};
    const task = { id: fitting(taskId, TASK_ID, 'taskId') ?? randomUUID() };
    const name = fitting(taskClass, TASK_CLASS, 'taskClass');
    if (name !== undefined) {
      task.taskClass = name;
    }
    if (queue) {
      task.queue = String(queue).slice(0, MAX_QUEUE).toWellFormed?.() ?? String(queue).slice(0, MAX_QUEUE);
    }
    if (waitedSeconds >= 0 && waitedSeconds <= MAX_WAITED) {
      task.waitedMillis = Math.floor(waitedSeconds * 1000);
    }
    current().start(task);
    told = [current(), task.id];
  } catch (problem) {
    log(`a GPU task is not told of: ${problem}`);
  }
  return {
    end(outcome = 'ok') {
      if (ended || told === undefined) {
        return;
      }
      ended = true;
      try {
        const known = ['ok', 'failed', 'cancelled'].includes(outcome) ? outcome : 'ok';
        told[0].end(told[1], known, Math.max(0, Math.round(performance.now() - startedAt)));
      } catch (problem) {
        log(`the end of a GPU task is not told of: ${problem}`);
      }
    },
  };
}

/**
 * Runs a function as a GPU task; what it returns or throws is handed on.
 *
 * @template T
 * @param {Parameters<typeof startGpuTask>[0]} options as of startGpuTask
 * @param {() => T | Promise<T>} work an error makes the outcome "failed", an AbortError "cancelled"
 * @returns {Promise<T>}
 */
export async function gpuTask(options, work) {
  const task = startGpuTask(options);
  try {
    const result = await work();
    task.end('ok');
    return result;
  } catch (error) {
    task.end(error?.name === 'AbortError' ? 'cancelled' : 'failed');
    throw error;
  }
}

/** Whether this pod is being taken away: take no new work. Opens the session, and costs nothing. */
export function draining() {
  try {
    return current().draining;
  } catch (problem) {
    log(`no session: ${problem}`);
    return false;
  }
}

/** Tells what was not told yet, and that this worker goes; takes so many milliseconds at most. */
export async function close(waitMillis = 1_000) {
  const closing = session;
  session = undefined;
  if (closing === undefined) {
    return;
  }
  background = false;
  let timer;
  await Promise.race([
    closing.close(),
    new Promise((resolve) => (timer = setTimeout(resolve, waitMillis))),
  ]);
  clearTimeout(timer);
  closing.abandon();
  background = true;
}

// A duration as Go writes it: 600s, 10m, 1h30m.
function milliseconds(text) {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  const parts = [...text.matchAll(/([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) {
    throw new Error(`'${text}' is no duration such as 600s or 10m`);
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit], 0);
}

// Marks the pod until nothing runs; the exit code: 0 then, 1 when the time is over.
async function drain(timeoutMillis) {
  background = false;
  const exporter = new Exporter();
  const end = performance.now() + timeoutMillis;
  let said;
  for (;;) {
    let state;
    try {
      const { runningTasks, complete } = await exporter.call('drain', {});
      if (runningTasks === 0 && complete === true) {
        exporter.close();
        return 0;
      }
      state = `${runningTasks} GPU tasks run${complete === true ? '' : '; the exporter has just started'}`;
    } catch (problem) {
      state = `the exporter cannot be asked: ${problem?.message ?? problem}`;
    }
    if (state !== said) {
      said = state;
      process.stderr.write(`gpu-task drain: ${state}\n`);
    }
    const left = end - performance.now();
    if (left <= 0) {
      process.stderr.write('gpu-task drain: the time is over\n');
      exporter.close();
      return 1;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(1_000, left)));
  }
}

async function main(words) {
  let timeout;
  try {
    if (words[0] !== 'drain') {
      throw new Error('what is to be done?');
    }
    let text = '600s';
    if (words.length === 3 && words[1] === '--timeout') {
      text = words[2];
    } else if (words.length === 2 && words[1].startsWith('--timeout=')) {
      text = words[1].slice('--timeout='.length);
    } else if (words.length > 1) {
      throw new Error(`what is '${words[1]}'?`);
    }
    timeout = milliseconds(text);
  } catch (problem) {
    process.stderr.write(`${problem.message}\nusage: node gpu-task.mjs drain [--timeout 600s]\n`);
    return 2;
  }
  return drain(timeout);
}

function isProgram() {
  try {
    return realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
  } catch {
    return false;
  }
}

if (isProgram()) {
  process.exitCode = await main(process.argv.slice(2));
}
