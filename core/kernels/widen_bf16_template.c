/* Products of bf16 pairs where no instruction has them: both are widened to f32, which is exact.
 * The includer has multiply_add(). */
static inline Vector
dot_bf16(Vector sums, IntVector a, IntVector w)
{
    const IntVector upper = splat_int((int32_t)0xffff0000);
    sums = multiply_add((Vector)(a << 16), (Vector)(w << 16), sums);
    return multiply_add((Vector)(a & upper), (Vector)(w & upper), sums);
}
