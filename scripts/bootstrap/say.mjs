// One quiet line per thing that is done, on stderr, so that stdout stays for answers.
export const say = (line) => process.stderr.write(`gangway set-up: ${line}\n`);
