/** Vectors of cosine fields as Qdrant returns them: it stores their direction alone. */

/** Of length 1; one that is (nearly) so already, or has no direction, as it is. */
export function normalized(vector: Float32Array): Float32Array {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  if (Math.abs(sum - 1) <= epsilon || sum < epsilon) return vector;
  const length = Math.sqrt(sum);
  return vector.map((component) => component / length);
}

/** Of float32. */
const epsilon = 2 ** -23;
