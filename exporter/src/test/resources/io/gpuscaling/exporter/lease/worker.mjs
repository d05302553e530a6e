// A worker that does what its standard input says and answers each line with one; see WorkerClientsIT.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { gpuTask, startGpuTask, draining, close } = await import(pathToFileURL(process.argv[2]));
const tasks = new Map();

function timed(call) {
  const begin = performance.now();
  call();
  return (performance.now() - begin) * 1_000;
}

async function bulk(count) {
  const added = [];
  for (let i = 0; i < count; i++) {
    let task;
    const start = timed(() => (task = startGpuTask({ taskClass: 'sample', queue: 'jobs', waitedSeconds: 0.5 })));
    added.push(start + timed(() => task.end()));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  added.sort((one, other) => one - other);
  return Math.round(added[Math.floor(count * 0.9)]);
}

async function answer([verb, ...words]) {
  switch (verb) {
    case 'start':
      return Math.round(timed(() => tasks.set(words[0],
        startGpuTask({ taskId: words[0], taskClass: words[1], queue: 'jobs', waitedSeconds: 1.5 }))));
    case 'end':
      return Math.round(timed(() => tasks.get(words[0]).end(words[1])));
    case 'odd':
      return gpuTask({ taskClass: 'no label value!', queue: 'q'.repeat(999), waitedSeconds: -1, taskId: 'a b' },
        () => gpuTask({ taskClass: 7, queue: Symbol('q'), waitedSeconds: 'long', taskId: Symbol('t') }, () => 'ok'));
    case 'raise':
      try {
        return await gpuTask({}, () => Promise.reject(new Error('lost')));
      } catch (error) {
        return 'caught ' + error.message;
      }
    case 'bulk':
      return bulk(Number(words[0]));
    case 'draining':
      return draining();
  }
  return '?';
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(String(await answer(line.split(' '))));
}
await close();
