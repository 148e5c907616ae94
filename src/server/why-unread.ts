/** Why a file that somebody named could not be read, and what to do about it: the system's codes are for those who know them. */

export function whyUnread(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "there is no such file (ENOENT)";
    case "EACCES":
    case "EPERM":
      return `the user that this process runs as may not read it (${code}); give it the file, as by chown, and a way through its folders`;
    case "EISDIR":
      return "it is a folder (EISDIR)";
    default:
      return message;
  }
}
